/** A bundle in Python that deploys as it is. */
export function pythonBundle(name: string): Record<string, string> {
  return {
    'main.py': `"""The task ${name}."""

from tasksmith import task


@task
def ${name}(name: str, times: int = 1) -> str:
    """Greets somebody.

    Args:
        name: whom to greet
        times: how often
    """
    return " ".join([f"Hello, {name}!"] * times)
`,
    'requirements.txt': '# One package a line, e.g. requests==2.32.3\n',
    'tasksmith.json': manifest(name, 'python', 'main.py'),
    'README.md': readme(name),
  };
}

export function manifest(name: string, runtime: 'python' | 'node', entry: string): string {
  const document = {
    runtime,
    entry,
    tasks: [{ name }],
    smokeTests: [{ task: name, arguments: { name: 'Ada' }, expect: 'Hello, Ada!' }],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

export function readme(name: string): string {
  return `# ${name}

    tasksmith deploy .
    tasksmith run ${name} --arg name=Ada --arg times=2

The smoke tests in tasksmith.json run before a new version takes calls.
`;
}
