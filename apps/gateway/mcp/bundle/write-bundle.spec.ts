import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from 'sucrase';
import { describe, expect, it, vi } from 'vitest';
import { isRefused, type QueueName, type Refused } from '#contracts';
import { DescribedTask } from './bundle-description.js';
import { writeBundle } from './write-bundle.js';

type Description = Parameters<typeof writeBundle>[0];
type Told = Partial<Omit<Description, 'tasks'>> & { tasks?: unknown[] };

const add = {
  task_name: 'add_numbers',
  description: 'Adds two numbers.',
  parameters: [
    { name: 'a', type: 'int', description: 'the first' },
    { name: 'b', type: 'int', required: false, default: 1 },
  ],
  function_body: 'return a + b',
  return_type: 'int',
};

function write({ tasks = [add], ...more }: Told = {}): Record<string, string> | Refused {
  const files = writeBundle({
    queue: 'math' as QueueName,
    runtime: 'python',
    additionalFiles: [],
    smokeTests: [],
    entry: 'main.py',
    ...more,
    tasks: tasks.map((task) => DescribedTask.parse(task)) as [DescribedTask],
  });
  return isRefused(files) ? files : Object.fromEntries(files.map(({ path, content }) => [path, content]));
}

function written(told?: Told): Record<string, string> {
  const files = write(told);
  if (isRefused(files)) throw new Error(files.refusal.message);
  return files;
}

const body = (function_body: string, more: object = {}) =>
  written({ tasks: [{ ...add, ...more, function_body }] })['main.py']!;
const refusalOf = (told: Told) => (write(told) as Refused).refusal;

/** What Python itself makes of the module, with a stand-in for the worker's own package. */
function run(source: string, expression: string, files: Record<string, string> = {}): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  try {
    const standIn =
      'def log(*a, **k): pass\ndef progress(*a, **k): pass\ndef task(f=None, **k):\n    return f if f else (lambda g: g)\n';
    for (const [path, content] of Object.entries({ 'main.py': source, 'tasksmith.py': standIn, ...files }))
      writeFileSync(join(folder, path), content);
    const compile = `import py_compile\npy_compile.compile('main.py', doraise=True)`;
    const script = `${compile}\nimport json, main, asyncio, inspect, typing\nprint(json.dumps(${expression}))`;
    return JSON.parse(execFileSync('python3', ['-c', script], { cwd: folder, encoding: 'utf8' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Each expectation starts an interpreter.
vi.setConfig({ testTimeout: 60_000 });

describe('a Python bundle', () => {
  it('has everything that is deployed', () => {
    const files = written();
    expect(Object.keys(files)).toEqual(['main.py', 'requirements.txt', 'Dockerfile', 'tasksmith.json', 'README.md']);
    expect(JSON.parse(files['tasksmith.json']!)).toEqual({
      runtime: 'python',
      entry: 'main.py',
      tasks: [{ name: 'add_numbers', description: 'Adds two numbers.' }],
    });
    expect(files['main.py']).toContain('from tasksmith import log, progress, task');
    expect(files['main.py']).toContain('@task\ndef add_numbers(a: int, b: int = 1) -> int:');
    expect(run(files['main.py']!, '[main.add_numbers(2, 3), main.add_numbers(2), main.add_numbers.__doc__]')).toEqual([
      5,
      3,
      expect.stringContaining('a: the first'),
    ]);
  });

  it('takes the body however it is indented', () => {
    const call = 'main.add_numbers(2, 3)';
    expect(run(body('    total = a + b\n    return total'), call)).toBe(5);
    expect(run(body('total = a + b\n    if total > 3:\n        total += 1\n    return total'), call)).toBe(6);
    expect(run(body('if a:\n    return a * b\nreturn b'), call)).toBe(6);
    expect(run(body('\tif a:\n\t\treturn a * b\n\treturn b'), call)).toBe(6);
    expect(run(body('```python\nreturn a - b\n```'), call)).toBe(-1);
    expect(run(body('\r\nx = a\r\nreturn x\r\n'), call)).toBe(2);
  });

  it('leaves strings of several lines as they are', () => {
    const text = 'text = """one\n  two\nthree"""\nreturn text  # it\'s "fine"';
    expect(run(body(text), 'main.add_numbers(1)')).toBe('one\n  two\nthree');
    expect(run(body(`    x = 'a#"""b'\n    return x`), 'main.add_numbers(1)')).toBe('a#"""b');
  });

  it('takes a whole function or module as the body', () => {
    const whole = body(
      'import math\n\nLIMIT = 10\n\ndef helper(n):\n    return n * LIMIT\n\ndef add_numbers(a: int, b: int = 1) -> int:\n    """Own words."""\n    return helper(a) + b',
    );
    expect(whole).toContain('@task\ndef add_numbers(a: int, b: int = 1) -> int:');
    expect(run(whole, 'main.add_numbers(2, 3)')).toBe(23);
    const celery = body(
      'from celery import shared_task\n@shared_task(bind=False)\ndef add_numbers(a, b=1):\n    return a + b',
    );
    expect(celery).not.toContain('celery');
    expect(run(celery, 'main.add_numbers(2, 3)')).toBe(5);
    const other = body('from tasksmith import task\n\n@task\ndef compute(a, b=1):\n    return a + b');
    expect(other).toContain('@task(name="add_numbers")\ndef compute(a, b=1):');
    expect(run(other, 'main.compute(2, 3)')).toBe(5);
  });

  it('takes statements that define functions of their own', () => {
    const nested = body('def twice(n):\n    return n * 2\nreturn twice(a) + b');
    expect(run(nested, 'main.add_numbers(2, 3)')).toBe(7);
  });

  it('awaits in a coroutine', () => {
    const source = body('import asyncio\nawait asyncio.sleep(0)\nreturn a');
    expect(source).toContain('async def add_numbers');
    expect(run(source, 'asyncio.run(main.add_numbers(4))')).toBe(4);
  });

  it('puts required parameters first and types only with known names', () => {
    const parameters = [
      { name: 'options', type: 'dict[str, int]', required: false, default: { x: 1 } },
      { name: 'names', type: 'List[str]' },
      { name: 'evil', type: 'int = __import__("os").system("x")', required: false },
      { name: 'either', type: 'int | str | None', required: false },
      { name: 'flag', type: 'boolean', default: true },
    ];
    const source = body('options["x"] += 1\nreturn [options, flag]', {
      parameters,
      return_type: 'Optional[list[int]]',
    });
    expect(source).toContain(
      'def add_numbers(names: list[str], options: dict[str, int] = {"x": 1}, evil: Any = None, either: Optional[Union[int, str]] = None, flag: bool = True) -> Optional[list[int]]:',
    );
    expect(run(source, '[main.add_numbers(["a"]), main.add_numbers(["a"])]')).toEqual([
      [{ x: 2 }, true],
      [{ x: 2 }, true],
    ]);
    expect(run(source, 'sorted(typing.get_type_hints(main.add_numbers))')).toContain('either');
  });

  it('keeps a description from ending its docstring', () => {
    const description = 'Says """hi""" and C:\\temp\\new\nand more"';
    const source = body('return a', { description });
    expect(run(source, 'inspect.getdoc(main.add_numbers).split("Args")[0].strip()')).toBe(description);
  });

  it('names the packages that the code imports, without its own modules', () => {
    const function_body =
      'import os, requests\nfrom PIL import Image\nfrom helpers import tidy\nimport yaml as y\nreturn 1';
    const files = written({
      tasks: [{ ...add, function_body }],
      additionalFiles: [{ filename: 'helpers.py', content: 'import numpy.linalg\ndef tidy(x): return x\n' }],
    });
    expect(files['requirements.txt']!.split('\n').slice(1)).toEqual(['numpy', 'pillow', 'pyyaml', 'requests', '']);
    expect(files['helpers.py']).toContain('def tidy');
  });

  it('lets the caller bring files in place of the written ones', () => {
    const files = written({ additionalFiles: [{ filename: './requirements.txt', content: 'httpx==0.27\n' }] });
    expect(files['requirements.txt']).toBe('httpx==0.27\n');
    expect(Object.keys(files)).toHaveLength(5);
  });

  it('holds several tasks, of which names need not be words of Python', () => {
    const source = written({
      tasks: [
        add,
        { task_name: 'import', function_body: 'return "ok"' },
        { task_name: 'text.upper', function_body: 'return s.upper()', parameters: [{ name: 's' }] },
      ],
    })['main.py']!;
    expect(source).toContain('@task(name="import")\ndef import_() -> Any:');
    expect(source).toContain('@task(name="text.upper")\ndef text_upper(s: Any) -> Any:');
    expect(run(source, '[main.import_(), main.text_upper("a")]')).toEqual(['ok', 'A']);
  });

  it('puts imports from the future first', () => {
    const source = body(
      'from __future__ import annotations\nimport json\n\ndef add_numbers(a: int, b: int = 1):\n    return a',
    );
    expect(run(source, 'main.add_numbers(1)')).toBe(1);
  });

  it('is not written from what cannot work', () => {
    expect(refusalOf({ tasks: [{ ...add, function_body: '  \n' }] })).toMatchObject({
      code: 'request.invalid',
      details: { field: '/function_body' },
    });
    expect(refusalOf({ tasks: [{ ...add, parameters: [{ name: 'class' }] }] }).message).toContain('"class"');
    expect(refusalOf({ tasks: [{ ...add, parameters: [{ name: 'x' }, { name: 'x' }] }] }).message).toContain(
      'two parameters',
    );
    expect(refusalOf({ tasks: [add, add] }).message).toContain('Two tasks');
    for (const filename of ['../x.py', '/etc/passwd', 'a\\b', 'a//b', 'c:/x', 'main.py', 'tasksmith.json'])
      expect(refusalOf({ additionalFiles: [{ filename, content: '' }] })).toMatchObject({
        details: { field: '/additional_files' },
      });
    const smokeTests = [{ task: 'other', arguments: {} }] as unknown as Description['smokeTests'];
    expect(refusalOf({ smokeTests }).hint).toContain('add_numbers');
  });
});

describe('a Node bundle', () => {
  const node = (function_body: string) =>
    written({ runtime: 'node', entry: 'main.ts', tasks: [{ ...add, function_body }] });
  const run = (source: string, given: object) => {
    const code = transform(source, { transforms: ['typescript', 'imports'] }).code;
    let answer: unknown;
    const task = (_options: object, handler: (given: object, context: object) => unknown) =>
      (answer = handler(given, {}));
    new Function('require', 'exports', code)(() => ({ task, log: () => {}, progress: () => {} }), {});
    return answer;
  };

  it('has everything that is deployed', async () => {
    const files = node('return a + b;');
    expect(Object.keys(files)).toEqual(['main.ts', 'package.json', 'Dockerfile', 'tasksmith.json', 'README.md']);
    expect(JSON.parse(files['package.json']!)).toMatchObject({ name: 'add-numbers', type: 'module' });
    expect(files['main.ts']).toContain("import { log, progress, task } from 'tasksmith';");
    expect(await run(files['main.ts']!, { a: 2 })).toBe(3);
  });

  it('takes a whole function with named or listed arguments', async () => {
    expect(
      await run(node('export async function add_numbers({ a, b }) {\n  return a * b;\n}')['main.ts']!, { a: 2, b: 5 }),
    ).toBe(10);
    expect(
      await run(node('const K = 2;\nfunction compute(a: number, b = 1) {\n  return a * b * K;\n}')['main.ts']!, {
        a: 2,
        b: 5,
      }),
    ).toBe(20);
  });

  it('leaves template strings as they are', async () => {
    expect(await run(node('const s = `x\ny`;\nreturn s;')['main.ts']!, {})).toBe('x\ny');
  });
});
