//! Makes the Python objects that every run begins with immortal: the interpreter does not count references to those, so
//! that looking at one does not write to its page.
//!
//! The guest names them (`_runner/immortal.py`). What is done here is what CPython does to `None`: the count, which is
//! the first word of an object, is set to the value that stands for ever.

use wasmtime::{Result, ensure, format_err};

use super::image::Image;

/// What the list of addresses begins with; their number follows, the addresses, and the number's complement. Where this
/// stands without them is what is left of making the list.
const MARK: &[u8] = b"\0AIPAYGEN IMMORTAL\0\xff";
/// `_Py_IMMORTAL_INITIAL_REFCNT` and `_Py_IMMORTAL_MINIMUM_REFCNT` of a CPython with words of 32 bits.
const IMMORTAL: u32 = 5 << 28;
const IMMORTAL_MIN: u32 = 1 << 30;
/// More references than that, no object of an interpreter that has just started has.
const REFERENCES_MAX: u32 = 1 << 24;

const WORD_BYTES: usize = size_of::<u32>();

/// Makes all objects immortal that the guest has named; without a list, none.
pub(super) fn make(image: &mut Image) -> Result<()> {
    let named: Vec<u32> = image.find(MARK).filter_map(|at| list(image, at + MARK.len())).flatten().collect();
    named.into_iter().try_for_each(|address| make_immortal(image, address))
}

fn list(image: &Image, start: usize) -> Option<Vec<u32>> {
    let word = |number: usize| image.word(start + number * WORD_BYTES);
    let count = word(0)?;
    let last = count as usize + 1;
    (word(last)? == !count).then(|| (1..last).filter_map(word).collect())
}

fn make_immortal(image: &mut Image, address: u32) -> Result<()> {
    let count = image.word(address as usize).ok_or_else(|| format_err!("an object lies outside of the memory"))?;
    // A count that is none means that this is no object: rather no runner than a broken one.
    ensure!((1..=REFERENCES_MAX).contains(&count) || count >= IMMORTAL_MIN, "what is at {address} is no object");
    if count < IMMORTAL_MIN {
        image.write(address.cast_signed(), &IMMORTAL.to_le_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(addresses: &[u32]) -> Image {
        let mut image = Image::default();
        let count = u32::try_from(addresses.len()).expect("a few");
        let words = [count].into_iter().chain(addresses.iter().copied()).chain([!count]);
        let list: Vec<_> = MARK.iter().copied().chain(words.flat_map(u32::to_le_bytes)).collect();
        image.write(256, &list).expect("it fits");
        image.write(1024, MARK).expect("it fits");
        image.write(2048, &[MARK, &[2, 0, 0, 0, 9, 9]].concat()).expect("it fits");
        for (address, count) in [(16, 3), (32, 7 << 28), (48, 1), (64, 0)] {
            image.write(address, &u32::to_le_bytes(count)).expect("it fits");
        }
        image
    }

    #[test]
    fn what_is_named_is_immortal_and_nothing_else() {
        let mut image = image(&[16, 32]);
        make(&mut image).expect("these are objects");
        let counts = [16, 32, 48].map(|address| image.word(address));
        assert_eq!(counts, [Some(IMMORTAL), Some(7 << 28), Some(1)]);
    }

    #[test]
    fn what_is_no_object_is_not_written_to() {
        for address in [64, 1 << 20] {
            assert!(make(&mut image(&[address])).is_err(), "{address}");
        }
    }
}
