#: import_os = import-not-allowed
import os
print(os.listdir("/"), os.environ)
#: import_os_as_another = import-not-allowed
import os as json
json.system("id")
#: import_os_path = import-not-allowed
import os.path
print(os.path.exists("/etc/passwd"))
#: import_from_os = import-not-allowed
from os import system
system("id")
#: import_in_a_function = import-not-allowed
def f():
    import subprocess
    subprocess.run(["id"])
f()
#: import_in_a_class = import-not-allowed
class A:
    import socket
    s = socket.socket()
#: import_in_a_try = import-not-allowed
try:
    import ctypes
except ImportError:
    import posix
    posix.system("id")
#: import_second_of_two = import-not-allowed
import json, os
os.getcwd()
#: import_submodule_of_allowed = import-not-allowed
import json.tool
#: import_relative = import-relative
from . import os
#: import_relative_up = import-relative
from ...os import system
#: import_star_of_allowed = import-star
from json import *
#: import_private = module-attribute
from random import _os
_os.system("id")
#: module_in_a_module = module-attribute
import statistics
statistics.sys.modules["os"].system("id")
#: module_in_a_module_imported = module-attribute
from statistics import sys as s
print(s.modules)
#: module_in_a_module_under_an_alias = module-attribute
import logging as l
l.os.system("id")
#: module_in_a_module_through_an_alias = contained
import statistics
m = statistics
print(m.sys.modules["os"].listdir("/"))
#: private_module_in_a_module = module-attribute
import random
random._os.system("id")
#: codecs_builtins = module-attribute
import codecs
codecs.builtins.open("/etc/passwd")
#: codecs_open = module-attribute
import codecs
codecs.open("/etc/passwd")
#: io_open = module-attribute
import io
print(io.open("/etc/passwd").read())
#: io_open_code = module-attribute
import io
io.open_code("/etc/passwd")
#: io_fileio = module-attribute
from io import FileIO
FileIO("/etc/passwd")
#: io_fileio_by_descriptor = module-attribute
import io
io.FileIO(3).read()
#: logging_to_a_file = contained
import logging
logging.basicConfig(filename="/tmp/aipaygen-escaped")
#: logging_file_handler = module-attribute
import logging
logging.FileHandler("/tmp/aipaygen-escaped")
#: logging_config = import-not-allowed
import logging.config
logging.config.listen()
#: xml_parse_of_a_file = contained
import xml.etree.ElementTree as E
E.parse("/etc/passwd")
#: xml_billion_laughs = contained
import xml.etree.ElementTree as E
entities = "".join(f'<!ENTITY a{n+1} "{f"&a{n};" * 10}">' for n in range(1, 12))
E.fromstring(f'<!DOCTYPE x [<!ENTITY a1 "ha">{entities}]><x>&a12;</x>')
#: xml_external_entity = contained
import xml.etree.ElementTree as E
E.fromstring('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>')
#: configparser_reads_a_file = contained
import configparser
c = configparser.ConfigParser()
print(c.read("/etc/passwd"), c.sections())
#: sys_modules = module-attribute
import sys
sys.modules["os"].system("id")
#: sys_modules_through_an_alias = contained
import sys
s = sys
s.modules["os"].system("touch /tmp/aipaygen-escaped")
#: sys_path = module-attribute
import sys
sys.path.append("/tmp")
#: sys_meta_path = module-attribute
import sys
sys.meta_path.clear()
#: sys_settrace = module-attribute
import sys
sys.settrace(print)
#: sys_excepthook = module-attribute
import sys
sys.excepthook = lambda *a: None
#: sys_monitoring = module-attribute
import sys
sys.monitoring.use_tool_id(1, "x")
#: sys_stdout_replaced = contained
import sys
class Fake:
    def write(self, x): return 10**9
    def flush(self):
        while True: pass
sys.stdout = Fake()
print("x")
#: sys_stdout_closed = contained
import sys
sys.stdout.close()
print("x")
#: sys_stdout_detached = contained
import sys
raw = sys.stdout.detach()
print(raw)
#: sys_stdin_closed = contained
import sys
sys.stdin.close()
input()
#: unittest_mock_patches_os = contained
from unittest import mock
with mock.patch("os.system") as m: print(m)
#: unittest_loads_by_name = contained
import unittest
print(unittest.TestLoader().loadTestsFromName("os.system"))
#: timeit_runs_text = import-not-allowed
import timeit
timeit.timeit("__import__('os').system('id')")
#: pickle_runs_anything = import-not-allowed
import pickle
pickle.loads(b"cos\nsystem\n(S'id'\ntR.")
#: marshal_loads_code = import-not-allowed
import marshal
marshal.loads(b"\xe3" + b"\0" * 100)
#: ast_then_compile = name-blocked
import ast
exec(compile(ast.parse("1"), "", "exec"))
#: ast_literal_eval_bomb = contained
import ast
ast.literal_eval("(" * 200 + ")" * 200)
#: shelve_opens_a_database = import-not-allowed
import shelve
shelve.open("/tmp/aipaygen-escaped")
#: sqlite_opens_a_database = import-not-allowed
import sqlite3
sqlite3.connect("/tmp/aipaygen-escaped").execute("create table a(b)")
#: tempfile_makes_a_file = import-not-allowed
import tempfile
tempfile.NamedTemporaryFile()
#: pathlib_reads = import-not-allowed
import pathlib
print(pathlib.Path("/etc/passwd").read_text())
#: pathlib_writes = import-not-allowed
import pathlib
pathlib.Path("/tmp/aipaygen-escaped").write_text("x")
#: glob_lists = import-not-allowed
import glob
print(glob.glob("/*"))
#: shutil_copies = import-not-allowed
import shutil
shutil.copy("/etc/passwd", "/tmp/aipaygen-escaped")
#: socket_connects = import-not-allowed
import socket
socket.create_connection(("127.0.0.1", 80))
#: socket_resolves = import-not-allowed
import socket
socket.getaddrinfo("localhost", 80)
#: urllib_fetches = import-not-allowed
import urllib.request
urllib.request.urlopen("http://127.0.0.1/")
#: http_client_connects = import-not-allowed
import http.client
http.client.HTTPConnection("127.0.0.1").request("GET", "/")
#: asyncio_opens_a_connection = contained
import asyncio
asyncio.run(asyncio.open_connection("127.0.0.1", 80))
#: asyncio_starts_a_process = contained
import asyncio
asyncio.run(asyncio.create_subprocess_shell("id"))
#: asyncio_starts_a_server = contained
import asyncio
async def main(): await asyncio.start_server(print, "127.0.0.1", 0)
asyncio.run(main())
#: asyncio_waits_for_ever = contained
import asyncio
asyncio.run(asyncio.Event().wait())
#: asyncio_adds_a_signal_handler = contained
import asyncio
async def main(): asyncio.get_running_loop().add_signal_handler(2, print)
asyncio.run(main())
#: subprocess_runs = import-not-allowed
import subprocess
subprocess.Popen(["id"])
#: multiprocessing_forks = import-not-allowed
import multiprocessing
multiprocessing.Process(target=print).start()
#: threading_starts = import-not-allowed
import threading
threading.Thread(target=print).start()
#: thread_module_starts = import-not-allowed
import _thread
_thread.start_new_thread(print, ())
#: concurrent_futures = import-not-allowed
import concurrent.futures
concurrent.futures.ThreadPoolExecutor().submit(print)
#: signal_handlers = import-not-allowed
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
#: signal_raised = import-not-allowed
import signal
signal.raise_signal(9)
#: kill_the_host = import-not-allowed
import os
os.kill(os.getppid(), 9)
#: exit_the_host = import-not-allowed
import os
os._exit(1)
#: abort_the_host = import-not-allowed
import os
os.abort()
#: fork_bomb = import-not-allowed
import os
while True: os.fork()
#: exec_another_program = import-not-allowed
import os
os.execv("/bin/sh", ["sh"])
#: environment_read = import-not-allowed
import os
print(os.environ, os.getenv("PATH"))
#: environment_written = import-not-allowed
import os
os.putenv("PATH", "/tmp")
os.environ["PATH"] = "/tmp"
#: working_directory_changed = import-not-allowed
import os
os.chdir("/")
#: descriptor_read = import-not-allowed
import os
for fd in range(64):
    try: print(os.read(fd, 100))
    except OSError as e: print(e)
#: descriptor_written = import-not-allowed
import os
for fd in range(64):
    try: os.write(fd, b"x")
    except OSError as e: print(e)
#: descriptor_closed = import-not-allowed
import os
os.closerange(0, 64)
#: random_device_read = import-not-allowed
import os
print(len(os.urandom(10**6)))
#: clock_set = contained
import time
time.clock_settime(time.CLOCK_REALTIME, 0)
#: host_identity = import-not-allowed
import platform, os
print(platform.uname(), os.getlogin())
#: faulthandler_crashes = import-not-allowed
import faulthandler
faulthandler._sigsegv()
#: ctypes_reads_memory = import-not-allowed
import ctypes
ctypes.string_at(0)
#: resource_limits = import-not-allowed
import resource
resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
#: our_own_runner = import-not-allowed
import _runner.session
_runner.session.streams.flush = None
#: our_own_bindings = import-not-allowed
import wit_world
wit_world.emit(7, b"x" * 100)
#: our_own_bindings_flood = import-not-allowed
import wit_world
while True: wit_world.emit(1, b"x" * 10**7)
#: our_own_bindings_with_a_wrong_type = import-not-allowed
import wit_world
wit_world.emit("x", 5)
#: our_own_component_again = import-not-allowed
import app
app.WitWorld().run(None)
#: our_own_clock_flood = import-not-allowed
import wit_world
for n in range(10**5): wit_world.sleep(2**63)
#: componentize_internals = import-not-allowed
import componentize_py_runtime
print(dir(componentize_py_runtime))
#: files_with_hostile_names = contained
import files
for name in ("../../etc/passwd", "/etc/passwd", "a" * 10**4, "\x00", "\ud800"):
    files.write(name, "x")
#: files_read_from_the_host = contained
import files
files.read_text("/etc/passwd")
#: files_in_great_number = contained
import files
for n in range(10**6): files.write(str(n), "")
#: files_table_replaced = module-attribute
import files
files._written = {"a": 5}
#: files_table_with_wrong_types = module-attribute
import files
files._written[5] = "x"
