/** What of a folder never belongs to its bundle, wherever it lies in it. */
const ignoredNames = new Set([
  '.git',
  '.hg',
  '.svn',
  '.DS_Store',
  '.idea',
  '.vscode',
  '.venv',
  'venv',
  'node_modules',
  '__pycache__',
  '.mypy_cache',
  '.pytest_cache',
  '.ruff_cache',
  '.tasksmith',
]);
/** Secrets lie about in such files. */
const ignoredPatterns = [/\.pyc$/, /^\.env(\..+)?$/, /\.log$/];

export function isIgnored(name: string): boolean {
  return ignoredNames.has(name) || ignoredPatterns.some((pattern) => pattern.test(name));
}
