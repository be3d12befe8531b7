/**
 * What the receivers of the bench have in common: a process of its own that says where it listens, is told when everything
 * was sent, and then says what it cost. It speaks with the bench over the IPC channel of `fork`.
 */

/** What a receiver cost from `begin` until everything was stored. */
export interface Cost {
  /** User and system time in seconds. */
  readonly cpu: number;
  /** Peak resident memory in bytes. */
  readonly peak: number;
}

export interface Receiver {
  readonly port: number;
  /** Resolves when everything that was received is in files. */
  stored(): Promise<void>;
}

/** Runs a receiver that keeps its files in the directory that is the first argument. */
export async function runReceiver(open: (directory: string) => Promise<Receiver>): Promise<void> {
  const receiver = await open(process.argv[2]!);
  const before = process.cpuUsage();
  process.on('message', (message) => {
    if (message === 'finish') void finish();
  });
  process.send!({ port: receiver.port });

  async function finish(): Promise<void> {
    await receiver.stored();
    const { user, system } = process.cpuUsage(before);
    const cost: Cost = { cpu: (user + system) / 1e6, peak: process.resourceUsage().maxRSS * 1024 };
    process.send!(cost, () => process.kill(process.pid, 'SIGKILL'));
  }
}
