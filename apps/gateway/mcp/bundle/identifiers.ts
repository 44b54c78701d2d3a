/** Names that the languages of tasks keep for themselves, and how a task's name becomes a function's. */
import { type Runtime } from '#contracts';

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

const reserved: Record<Runtime, ReadonlySet<string>> = {
  python: words(
    'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield task log progress',
  ),
  node: words(
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof undefined var void while with yield task log progress signal',
  ),
};

export function isReserved(name: string, runtime: Runtime): boolean {
  return reserved[runtime].has(name);
}

/** `app.fetch_users` becomes `app_fetch_users`; a name that the language keeps gets an underscore. */
export function functionName(task: string, runtime: Runtime): string {
  const name = task.replaceAll('.', '_');
  return isReserved(name, runtime) ? `${name}_` : name;
}
