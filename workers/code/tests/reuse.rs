//! One slot, used by one run after another: nothing of a run is left for the next.

use aipaygen_code::{Sandbox, Settings};

use crate::support::{program, settings};

/// Leaves a secret wherever Python lets it.
const LEAVE: &str = r"
import asyncio, atexit, builtins, contextvars, gc, json, linecache, logging, os, re, sys, threading, warnings
secret = 'canary-' + str(NUMBER)
kept = [secret] * 1000
builtins.canary = json.canary = re.canary = secret
sys.modules[secret] = sys
sys.intern(secret)
sys.canary = secret
os.environ['CANARY'] = secret
linecache.cache[secret] = (1, None, [secret], secret)
logging.getLogger(secret).canary = secret
warnings.filterwarnings('ignore', secret)
re.compile(secret)
contextvars.ContextVar(secret).set(secret)
threading.local().canary = secret
atexit.register(print, secret)
class Kept(Exception): pass
Kept.secret = secret
gc.callbacks.append(lambda *a: secret)
sys.excepthook = lambda *a: print(secret)
json.JSONEncoder.default = lambda *a: secret
import files
files.write('secret', secret)
print(secret)
";

/// Looks for it wherever Python lets one look.
const LOOK: &str = r"
import builtins, gc, json, linecache, logging, os, re, sys
marked, mark = [], 'can' + 'ary'
def look(where, thing):
    if mark in repr(thing): marked.append(where)
look('modules', list(sys.modules))
look('environment', dict(os.environ))
look('lines', [name for name in linecache.cache])
look('loggers', list(logging.root.manager.loggerDict))
for module in list(sys.modules.values()):
    if module is not sys.modules['__main__']:
        look(module.__name__, [name for name in vars(module)])
gc.unfreeze()
ours = globals()
for thing in gc.get_objects():
    if isinstance(thing, dict) and thing is not ours:
        for key, value in list(thing.items()):
            if isinstance(value, str) and value.startswith(mark + '-'): marked.append(key)
import files
look('files', files.names())
print(marked)
";

#[tokio::test]
async fn no_canary_is_found_in_a_reused_slot() {
    let one_slot = Sandbox::try_new(Settings { runs_in_parallel: 1, runs_resting_max: 0, ..settings() }).unwrap();
    for number in 0..300 {
        let code = LEAVE.replace("NUMBER", &number.to_string());
        let left = one_slot.run(program(&code)).await.unwrap();
        assert_eq!(left.stdout, format!("canary-{number}\n"), "{}", left.stderr);
        if number % 20 == 0 {
            let found = one_slot.run(program(LOOK)).await.unwrap();
            assert_eq!(found.stdout, "[]\n", "{}", found.stderr);
        }
    }
}

/// The search itself finds a canary that is there: otherwise the test above could not fail.
#[tokio::test]
async fn the_search_finds_what_is_there() {
    let both = format!("{}\n{LOOK}", LEAVE.replace("NUMBER", "1"));
    let found = crate::support::run(&both).await;
    for place in ["modules", "environment", "lines", "loggers", "json", "builtins"] {
        assert!(found.stdout.contains(place), "{place} is not in {}", found.stdout);
    }
}
