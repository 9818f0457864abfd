import { access, constants, lstat, readFile, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, systemCode } from '../../base/errors.ts';
import { type Finding, finding } from './check.ts';

/** The oldest Node that we are tested on. */
const NODE_MIN = [20, 19] as const;
/** Fewer watched files than this run out beside an editor. */
const WATCHES_MIN = 16_384;
const INSTANCES_MIN = 64;

/** Magic numbers of statfs(2) → name, and whether the kernel tells of changes that others make. */
const FILE_SYSTEMS: Readonly<Record<number, { readonly name: string; readonly remote?: true }>> = {
  61267: { name: 'ext' },
  2435016766: { name: 'btrfs' },
  1481003842: { name: 'xfs' },
  801189825: { name: 'zfs' },
  16914836: { name: 'tmpfs' },
  2035054128: { name: 'overlay' },
  26: { name: 'apfs' },
  26985: { name: 'NFS', remote: true },
  4283649346: { name: 'CIFS', remote: true },
  4266872130: { name: 'SMB', remote: true },
  1702057286: { name: 'FUSE', remote: true },
  16914839: { name: '9p', remote: true },
  1785031267: { name: 'virtiofs', remote: true },
};

/** Whether this Node is new enough. @param version as `process.versions.node` says it */
export function checkNode(version: string): Finding {
  const node = finding('Node');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  if (isEnough) return node.ok(version);
  return node.problem(`${version} is too old`, `Install Node ${NODE_MIN.join('.')} or newer.`);
}

/** Whether the kernel lets us watch enough files. Only Linux has these limits. */
export async function checkWatchLimits(): Promise<Finding> {
  const limits = finding('file watching');
  const [watches, instances] = await Promise.all(
    ['max_user_watches', 'max_user_instances'].map(async name => {
      const text = await readFile(`/proc/sys/fs/inotify/${name}`, 'utf8').catch(() => '');
      return text === '' ? undefined : Number(text);
    }),
  );
  if (watches === undefined || instances === undefined) return limits.ok('this system has no such limits');
  const message = `${watches} watches, ${instances} instances`;
  if (watches >= WATCHES_MIN && instances >= INSTANCES_MIN) return limits.ok(message);
  return limits.warning(
    `${message}: adw-stream would have to poll`,
    `sudo sysctl fs.inotify.max_user_watches=${WATCHES_MIN * 8} fs.inotify.max_user_instances=${INSTANCES_MIN * 8}`,
  );
}

/** Whether file system events can be trusted where a directory lies. */
export async function checkFileSystem(directory: string): Promise<Finding> {
  const kind = finding('file system');
  try {
    const { type } = await statfs(directory);
    const known = FILE_SYSTEMS[type];
    if (known === undefined) return kind.ok(`type 0x${type.toString(16)}`);
    if (!known.remote) return kind.ok(known.name);
    return kind.warning(
      `${known.name}: changes that other machines make are not announced; adw-stream notices and polls`,
      'Run it on the machine that writes the files, or give --no-fs-events.',
    );
  } catch (error) {
    return kind.warning(`cannot be told (${messageOf(error)})`, 'Give --no-fs-events if lines come late.');
  }
}

/** Whether a directory of ours can be written, or made. */
export async function checkWritable(check: string, directory: string, flag: string): Promise<Finding> {
  const writable = finding(check);
  try {
    const existing = await nearestExisting(directory);
    await access(existing, constants.W_OK | constants.X_OK);
    return writable.ok(existing === directory ? directory : `${directory} (will be made)`);
  } catch (error) {
    const why = systemCode(error) ?? messageOf(error);
    return writable.problem(`${directory} cannot be written (${why})`, `Give a directory you may write with ${flag}.`);
  }
}

async function nearestExisting(directory: string): Promise<string> {
  // Not of what a link leads to: one that leads nowhere is there, and no directory can be made in its place.
  const stats = await lstat(directory).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT' && dirname(directory) !== directory) return undefined;
    throw error;
  });
  return stats === undefined ? nearestExisting(dirname(directory)) : directory;
}
