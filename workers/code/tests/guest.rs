//! What a program finds: values, input, files, clocks, randomness.

use aipaygen_code::{File, Program};

use crate::support::{program, run, sandbox, stdout_of};

#[tokio::test]
async fn the_value_of_the_last_expression_is_the_result() {
    let outcome = run("x = {'a': [1, 2.5, None, True]}\nx").await;
    assert_eq!(outcome.value.unwrap(), "{'a': [1, 2.5, None, True]}");
    assert_eq!(outcome.value_json.unwrap().get(), r#"{"a": [1, 2.5, null, true]}"#);
    let outcome = run("{1, 2}").await;
    assert_eq!((outcome.value.unwrap().as_str(), outcome.value_json.is_none()), ("{1, 2}", true));
    assert_eq!(run("print('only printed')").await.value, None);
    assert_eq!(run("x = 5").await.value, None);
    assert_eq!(run("float('nan')").await.value_json.map(|json| json.to_string()), None, "NaN is not JSON");
}

#[tokio::test]
async fn input_reads_what_was_given() {
    let given = Program { stdin: "Ada\n36\nrest\n".into(), ..program("") };
    let code =
        "import sys\nname = input('name? ')\nage = int(input())\nprint(name, age + 1, sys.stdin.read().strip())";
    let outcome = sandbox().run(Program { code: code.into(), ..given }).await.unwrap();
    assert_eq!(outcome.stdout, "name? Ada 37 rest\n");
    assert_eq!(run("input()").await.failure.unwrap().kind, "EOFError");
}

#[tokio::test]
async fn files_are_read_and_handed_back_in_memory() {
    let code = "import files\nprint(files.names(), files.read_text('a.csv').split(','))\n\
                files.write('b.bin', bytes([0, 255]))\nfiles.write('c.txt', 'é')\nprint(files.names())";
    let given = vec![File { name: "a.csv".into(), content: b"1,2".to_vec() }];
    let outcome = sandbox().run(Program { files: given, ..program(code) }).await.unwrap();
    assert_eq!(outcome.stdout, "['a.csv'] ['1', '2']\n['a.csv', 'b.bin', 'c.txt']\n");
    let written: Vec<_> = outcome.files.iter().map(|file| (file.name.as_str(), file.content.as_slice())).collect();
    assert_eq!(written, [("b.bin", &[0, 255][..]), ("c.txt", "é".as_bytes())]);
    assert_eq!(run("import files\nfiles.read_text('x')").await.failure.unwrap().kind, "FileNotFoundError");
}

#[tokio::test]
async fn a_seed_and_a_moment_make_a_run_reproducible() {
    let code = "import random, uuid, secrets, time, datetime\n\
                print(random.random(), uuid.uuid4(), secrets.token_hex(), time.time(), datetime.datetime.now())";
    let run =
        |seed, now_s| async move { sandbox().run(Program { seed, now_s, ..program(code) }).await.unwrap().stdout };
    assert_eq!(run(Some(7), Some(1_700_000_000)).await, run(Some(7), Some(1_700_000_000)).await);
    assert_ne!(run(Some(7), Some(1_700_000_000)).await, run(Some(8), Some(1_700_000_000)).await);
    assert_ne!(run(None, Some(0)).await, run(None, Some(0)).await, "without a seed every run is its own");
    let seeded = sandbox().run(Program { seed: Some(7), ..program("import random\nrandom.random()") }).await.unwrap();
    assert_eq!(seeded.value.unwrap(), "0.32383276483316237", "as if the program began with random.seed(7)");
}

#[tokio::test]
async fn the_clock_stands_at_the_present_second_and_moves_by_sleeping() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let told: u64 = stdout_of("import time\nprint(int(time.time()))").await.trim().parse().unwrap();
    assert!((now..now + 10).contains(&told), "{told} is not about {now}");
    let code = "import time\na = time.monotonic()\ntime.sleep(1.5)\nprint(round(time.monotonic() - a, 3))";
    assert_eq!(stdout_of(code).await, "1.5\n");
    let code =
        "import time\na = time.perf_counter()\nsum(range(10**6))\nb = time.perf_counter()\nprint(0 < b - a < 0.001)";
    assert_eq!(stdout_of(code).await, "True\n", "a run cannot measure itself, nor divide by zero trying");
}

#[tokio::test]
async fn asyncio_computes_and_sleeps() {
    let code = r"
import asyncio, time
async def work(name, seconds):
    await asyncio.sleep(seconds)
    return name
async def main():
    start = time.monotonic()
    print(await asyncio.gather(work('slow', 3600), work('quick', 1)))
    print(round(time.monotonic() - start))
    print(await asyncio.to_thread(sum, [1, 2, 3]))
    try:
        await asyncio.wait_for(work('late', 10), timeout=1)
    except TimeoutError:
        print('timed out')
    queue = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        group.create_task(queue.put(5))
        print(await group.create_task(queue.get()))
asyncio.run(main())
";
    assert_eq!(stdout_of(code).await, "['slow', 'quick']\n3600\n6\ntimed out\n5\n");
}

#[tokio::test]
async fn waiting_for_what_cannot_happen_is_an_error_and_no_hang() {
    let outcome = run("import asyncio\nasync def main(): await asyncio.Event().wait()\nasyncio.run(main())").await;
    assert_eq!(outcome.failure.unwrap().kind, "RuntimeError");
    assert_eq!(outcome.limit, None);
}

#[tokio::test]
async fn unicode_goes_through_whole() {
    assert_eq!(stdout_of("print('Grüße, 世界 🌍', '\\ud83d' == '\\ud83d')").await, "Grüße, 世界 🌍 True\n");
}

#[tokio::test]
async fn nothing_of_a_run_is_left_for_the_next() {
    let sandbox = sandbox();
    for n in 0..50 {
        let code = format!(
            "import json, builtins, sys\nprint(hasattr(builtins, 'left'), hasattr(json, 'left'), 'left' in sys.modules)\n\
             builtins.left = json.left = {n}\nsys.modules['left'] = json\nsys.setrecursionlimit(50)"
        );
        assert_eq!(sandbox.run(program(&code)).await.unwrap().stdout, "False False False\n");
    }
}
