/** Which packages of PyPI a piece of Python needs, as its imports tell. */

const standard = new Set(
  `__future__ abc argparse array ast asyncio base64 bisect builtins bz2 calendar cmath cmd codecs collections colorsys compileall concurrent
  configparser contextlib contextvars copy copyreg csv ctypes curses dataclasses datetime dbm decimal difflib dis email encodings enum errno
  faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html
  http imaplib importlib inspect io ipaddress itertools json keyword linecache locale logging lzma mailbox marshal math mimetypes mmap modulefinder
  multiprocessing netrc numbers operator os pathlib pickle pickletools pkgutil platform plistlib poplib posixpath pprint profile pstats pty pwd
  py_compile queue quopri random re readline reprlib resource runpy sched secrets select selectors shelve shlex shutil signal site smtplib socket
  socketserver sqlite3 ssl stat statistics string stringprep struct subprocess symtable sys sysconfig syslog tarfile tempfile termios textwrap
  threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle types typing unicodedata unittest urllib uuid venv
  warnings wave weakref webbrowser wsgiref xml xmlrpc zipapp zipfile zipimport zlib zoneinfo tasksmith`.split(/\s+/),
);

/** Packages whose name is not the module's. */
const packages: Readonly<Record<string, string>> = {
  PIL: 'pillow',
  bs4: 'beautifulsoup4',
  cv2: 'opencv-python-headless',
  dateutil: 'python-dateutil',
  docx: 'python-docx',
  dotenv: 'python-dotenv',
  fitz: 'pymupdf',
  jwt: 'pyjwt',
  psycopg2: 'psycopg2-binary',
  pptx: 'python-pptx',
  serial: 'pyserial',
  sklearn: 'scikit-learn',
  yaml: 'pyyaml',
};

/** @param own modules that the bundle brings itself. */
export function packagesOf(code: string, own: ReadonlySet<string>): string[] {
  const modules = [...code.matchAll(/^[ \t]*(?:import[ \t]+([^\n#;]+)|from[ \t]+([\w.]+)[ \t]+import\b)/gm)].flatMap(
    ([, imported, from]) => (imported ? imported.split(',') : [from!]),
  );
  const roots = modules.map((module) => /^\s*(\w+)/.exec(module)?.[1] ?? '');
  const foreign = roots.filter((root) => root !== '' && !standard.has(root) && !own.has(root));
  return [...new Set(foreign.map((root) => packages[root] ?? root))].sort();
}
