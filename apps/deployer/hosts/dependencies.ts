/** Whether a bundle needs packages of others. */
import { type Runtime } from '#contracts';

export const DEPENDENCY_FILES = { python: 'requirements.txt', node: 'package.json' } as const;

/** `text`: of the runtime's dependency file, if there is one. */
export function hasDependencies(runtime: Runtime, text: string | undefined): boolean {
  if (text === undefined) return false;
  return runtime === 'python' ? hasRequirements(text) : hasPackages(text);
}

function hasRequirements(text: string): boolean {
  return text.split(/\r?\n/).some((line) => line.trim() !== '' && !line.trim().startsWith('#'));
}

/** A package.json that cannot be read is left to npm, which says what is wrong with it. */
function hasPackages(text: string): boolean {
  try {
    const { dependencies, optionalDependencies } = JSON.parse(text) as Record<string, object | undefined>;
    return Object.keys({ ...dependencies, ...optionalDependencies }).length > 0;
  } catch {
    return true;
  }
}
