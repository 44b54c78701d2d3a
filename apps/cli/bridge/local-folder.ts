/** Replaces `code_folder_path` of a deployment by the files of that folder: the gateway cannot see this machine. */
import { isRefused, type Refused } from '#contracts';
import { inlineFiles } from '../bundles/inline-files.js';
import { readFolder } from '../bundles/read-folder.js';

type Arguments = Record<string, unknown>;

/** Arguments without a path pass as they are. */
export function withFilesOfFolder(args: Arguments): Arguments | Refused {
  const { code_folder_path: path, ...others } = args;
  if (typeof path !== 'string' || path === '') return args;
  const files = readFolder(path);
  return isRefused(files) ? files : { ...others, files: inlineFiles(files) };
}
