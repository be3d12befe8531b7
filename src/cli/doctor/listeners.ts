/** Whether those who are to listen can do so. */
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { errorCode } from '../../core/file-system.ts';
import { isLoopback } from '../../core/loopback.ts';
import type { ShownFinding } from '../show-findings.ts';
import type { Machine } from './machine.ts';
import { HTTP_SERVER, type ListenPlan, type Plan } from './plan.ts';

const TAKEN = 'Stop the program that has it, or choose another. If that is this collector, all is well.';

const PORT_HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: TAKEN,
  EACCES: 'This user may not listen there: choose a port from 1024 on.',
  EADDRNOTAVAIL: 'This machine has no such address.',
  ENOTFOUND: 'No such host name is known.',
  EAI_AGAIN: 'The host name could not be looked up now.',
};

const PORT_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken',
  EACCES: 'may not be listened on',
  EADDRNOTAVAIL: 'is no address of this machine',
};

/** Checks ports and unix sockets. Those that somebody else has are told, not touched. */
export async function checkListeners({ listeners }: Plan, machine: Machine): Promise<ShownFinding[]> {
  const findings: ShownFinding[] = [];
  for (const listener of listeners) {
    findings.push(
      ...(listener.path === undefined
        ? await checkPort(listener, machine)
        : await checkSocketFile(listener.name, listener.path, machine)),
    );
  }
  return findings;
}

async function checkPort({ name, host, port }: ListenPlan, machine: Machine): Promise<ShownFinding[]> {
  if (host === undefined || port === undefined) return [];
  const findings: ShownFinding[] = [];
  // Port 0 is any that is free.
  const problem = await machine.listenProblem(host, port);
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  if (problem !== undefined) {
    findings.push({
      code: problem === 'EADDRINUSE' ? 'port-taken' : 'port-unusable',
      severity: 'error',
      subject: name,
      message: `${address} ${PORT_PROBLEMS[problem] ?? `cannot be listened on: ${problem}`}`,
      hint: PORT_HINTS[problem] ?? 'Choose another address.',
    });
  }
  if (!isLoopback(host)) {
    findings.push({
      code: 'beyond-loopback',
      severity: 'note',
      subject: name,
      message: `other machines can reach ${address}`,
      hint:
        name === HTTP_SERVER
          ? 'It asks for the token, but there is no encryption: put something before it that has it.'
          : 'There is no authentication and no encryption: put something before it that has them.',
    });
  }
  return findings;
}

async function checkSocketFile(name: string, path: string, machine: Machine): Promise<ShownFinding[]> {
  const unusable = (message: string, hint: string, code = 'socket-unusable'): ShownFinding[] => [
    { code, severity: 'error', subject: name, message, hint },
  ];
  const problem = await machine.writeProblem(dirname(path));
  if (problem === 'ENOENT' || problem === 'ENOTDIR') {
    return unusable(`${dirname(path)} is no directory`, 'Make it first.');
  }
  if (problem !== undefined) {
    const hint = 'Let this user write there, or choose another path.';
    return unusable(`nothing can be written in ${dirname(path)}: ${problem}`, hint);
  }
  try {
    const status = await machine.fs.lstat(path);
    const isSocket = (status.mode & 0o170_000) === 0o140_000;
    if (!isSocket) return unusable(`${path} is there and no socket`, 'Move it away, or choose another path.');
    return (await isAnswered(path)) ? unusable(`${path} is taken`, TAKEN, 'socket-taken') : [];
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    return unusable(`${path} cannot be looked at: ${errorCode(error)}`, 'Choose another path.');
  }
}

/** Whether somebody listens there. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => resolve(!['ECONNREFUSED', 'ENOENT'].includes(errorCode(error) ?? '')));
  });
}
