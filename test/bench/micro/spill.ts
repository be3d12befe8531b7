/**
 * Where a spill should be kept: in SQLite, as `node:sqlite` brings it, in a worker, one row a batch with a checksum; or in
 * files of frames of our own. `node test/bench/micro/spill.ts`: how fast batches of 256 KiB are written, read back and removed,
 * and what that costs the main thread; and how many batches a flipped bit costs. Nothing is synced but what the engine itself
 * insists on.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import { Batch } from '../../../src/core/batch.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { systemFileSystem } from '../../../src/core/file-system.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { type SpillSettings, toSpillSettings } from '../../../src/spill/options.ts';
import { SpillLog } from '../../../src/spill/spill-log.ts';

const BATCH_BYTES = 256 * 1024;
const LINE = 'x'.repeat(119);
const CONTEXT = { name: 'bench', fs: systemFileSystem, clock: systemClock, log: silentLogger };

function makeBatch(index: number, bytes: number): Batch {
  const texts = Array.from({ length: Math.floor(bytes / 120) }, (_, line) =>
    `${index} ${line} ${LINE}`.slice(0, 119),
  );
  return Batch.fromTexts(texts, { origin: { source: 'tcp', peer: '127.0.0.1:5000' }, receivedAt: 1 });
}

function settingsIn(directory: string): SpillSettings {
  return { ...toSpillSettings('bench', undefined), directory, durability: 'none', maxBytes: 2 ** 33 };
}

/** One engine, with batches in and out. */
interface Engine {
  write(batches: readonly Batch[]): Promise<void>;
  /** Reads about 1 MiB; answers how many batches. */
  read(): Promise<number>;
  settle(batches: number): Promise<void>;
  close(): Promise<void>;
}

async function ownEngine(directory: string): Promise<Engine> {
  const log = await SpillLog.open(settingsIn(directory), CONTEXT);
  return {
    write: (batches) => log.append(log.toEntry(batches)),
    read: async () => (await log.read(2 ** 20)).batches.length,
    settle: async (batches) => log.settle(batches),
    close: () => log.close(0),
  };
}

/** SQLite in a worker. What it is given is copied once, into memory that moves to the worker. */
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads');
const { DatabaseSync } = require('node:sqlite');
const { crc32 } = require('node:zlib');
const db = new DatabaseSync(workerData);
db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE IF NOT EXISTS batches (id INTEGER PRIMARY KEY, crc INTEGER, body BLOB)');
const insert = db.prepare('INSERT INTO batches (crc, body) VALUES (?, ?)');
const select = db.prepare('SELECT id, crc, body FROM batches WHERE id > ? ORDER BY id LIMIT 4');
const remove = db.prepare('DELETE FROM batches WHERE id <= ?');
let last = 0;
parentPort.on('message', ({ kind, bodies, count }) => {
  if (kind === 'write') {
    db.exec('BEGIN');
    for (const body of bodies) insert.run(crc32(body), body);
    db.exec('COMMIT');
    parentPort.postMessage(0);
  } else if (kind === 'read') {
    const rows = select.all(last);
    for (const row of rows) if (crc32(row.body) !== row.crc) throw new Error('damaged');
    last = rows.at(-1)?.id ?? last;
    parentPort.postMessage(rows, rows.map((row) => row.body.buffer));
  } else if (kind === 'settle') {
    remove.run(last);
    parentPort.postMessage(0);
  } else {
    db.close();
    process.exit();
  }
});
`;

async function sqliteEngine(directory: string): Promise<Engine> {
  const worker = new Worker(WORKER, { eval: true, workerData: join(directory, 'spill.db') });
  const ask = <T>(message: object, transfer: ArrayBuffer[] = []): Promise<T> =>
    new Promise((resolve) => {
      worker.once('message', resolve);
      worker.postMessage(message, transfer);
    });
  return {
    async write(batches) {
      const bodies = batches.map((batch) => {
        const body = new Uint8Array(batch.byteLength + 4 * batch.length);
        let at = 0;
        for (const chunk of batch.chunks()) at += chunk.copy(body, at);
        return body;
      });
      await ask(
        { kind: 'write', bodies },
        bodies.map((body) => body.buffer),
      );
    },
    read: async () => (await ask<unknown[]>({ kind: 'read' })).length,
    settle: (count) => ask({ kind: 'settle', count }),
    close: async () => {
      worker.postMessage({ kind: 'close' }, []);
      await new Promise((resolve) => worker.once('exit', resolve));
    },
  };
}

async function inDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'logcaster-bench-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function throughput(name: string, open: (directory: string) => Promise<Engine>): Promise<void> {
  const total = 1024;
  const group = Array.from({ length: 4 }, (_, index) => makeBatch(index, BATCH_BYTES));
  const results: string[] = [];
  for (let run = 0; run < 3; run++) {
    await inDirectory(async (directory) => {
      const engine = await open(directory);
      const cpu = process.cpuUsage();
      const thread = process.threadCpuUsage();
      const begin = performance.now();
      for (let at = 0; at < total; at += group.length) await engine.write(group);
      const written = performance.now();
      let count = 0;
      while (count < total) {
        const batches = await engine.read();
        await engine.settle(batches);
        count += batches;
      }
      await engine.close();
      const end = performance.now();
      const { user, system } = process.cpuUsage(cpu);
      const main = process.threadCpuUsage(thread);
      const mib = (total * BATCH_BYTES) / 2 ** 20;
      results.push(
        [
          (mib / (written - begin)) * 1000,
          (mib / (end - written)) * 1000,
          (user + system) / 1000 / mib,
          (main.user + main.system) / 1000 / mib,
        ]
          .map((figure, index) => figure.toFixed(index < 2 ? 0 : 2).padStart(12))
          .join(''),
      );
    });
  }
  console.log(`${name.padEnd(10)}${results.toSorted()[1]}`);
}

/** Copies of a directory in which one bit is flipped, at `flips` random places of the files that `wanted` names. */
async function flip(
  directory: string,
  wanted: (name: string) => boolean,
  flips: number,
  use: (copy: string) => Promise<{ readonly intact: number; readonly opens: boolean }>,
  total: number,
): Promise<string> {
  const names = (await readdir(directory)).filter((name) => !name.endsWith('-shm'));
  const files = new Map<string, Buffer>();
  for (const name of names) files.set(name, await readFile(join(directory, name)));
  const targets = names.filter((name) => wanted(name) && files.get(name)!.length > 0);
  const size = targets.reduce((sum, name) => sum + files.get(name)!.length, 0);
  let failedStarts = 0;
  const lost: number[] = [];
  for (let each = 0; each < flips; each++) {
    // Every place with the same chance, in the same order in each run.
    let at = Math.floor(((each + 0.5) / flips) * size);
    const target = targets.find((name) => {
      const { length } = files.get(name)!;
      if (at < length) return true;
      at -= length;
      return false;
    })!;
    await inDirectory(async (copy) => {
      for (const [name, bytes] of files) await writeFile(join(copy, name), bytes);
      const bytes = Buffer.from(files.get(target)!);
      bytes[at] = bytes[at]! ^ (1 << (each % 8));
      await writeFile(join(copy, target), bytes);
      const { intact, opens } = await use(copy);
      if (!opens) failedStarts++;
      lost.push(total - intact);
    });
  }
  const mean = lost.reduce((sum, each) => sum + each, 0) / lost.length;
  const more = lost.filter((each) => each > 1).length;
  return `${`${failedStarts} of ${flips}`.padStart(14)}${mean.toFixed(2).padStart(12)}${String(Math.max(...lost)).padStart(8)}${`${more} of ${flips}`.padStart(22)}`;
}

/** What can be read of a database after a flip: row by row, so that one that cannot be read costs itself only. */
async function readSqlite(copy: string) {
  let intact = 0;
  try {
    const db = new DatabaseSync(join(copy, 'spill.db'));
    const ids = db.prepare('SELECT id FROM batches ORDER BY id').all() as { id: number }[];
    const select = db.prepare('SELECT crc, body FROM batches WHERE id = ?');
    for (const { id } of ids) {
      try {
        const row = select.get(id) as { crc: number; body: Uint8Array } | undefined;
        if (row && crc32(row.body) === row.crc) intact++;
      } catch {
        // Costs this one.
      }
    }
    db.close();
    return { intact, opens: true };
  } catch {
    return { intact, opens: false };
  }
}

async function readOwn(copy: string) {
  try {
    const log = await SpillLog.open(settingsIn(copy), CONTEXT);
    let intact = 0;
    while (log.unread > 0) intact += (await log.read(2 ** 20)).batches.length;
    await log.close(0);
    return { intact, opens: true };
  } catch {
    return { intact: 0, opens: false };
  }
}

console.log(
  '                 write        read       CPU ms     of these,\n                 MiB/s       MiB/s        a MiB   main thread',
);
await throughput('frames', ownEngine);
await throughput('sqlite', sqliteEngine);

console.log('\na flipped bit   starts that fail   mean lost     most     more than one batch lost');
const COUNT = 64;
const FLIPS = 500;
const small = Array.from({ length: COUNT }, (_, index) => makeBatch(index, 32 * 1024));
for (const where of ['WAL', 'database'] as const) {
  await inDirectory(async (directory) => {
    const db = new DatabaseSync(join(directory, 'spill.db'));
    db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE batches (id INTEGER PRIMARY KEY, crc INTEGER, body BLOB)',
    );
    if (where === 'WAL') db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const insert = db.prepare('INSERT INTO batches (crc, body) VALUES (?, ?)');
    for (const batch of small) {
      const body = Buffer.concat(batch.chunks());
      insert.run(crc32(body), body);
    }
    if (where === 'database') db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    // It is not closed: that is how a kill leaves it.
    const name = where === 'WAL' ? 'spill.db-wal' : 'spill.db';
    console.log(
      `${where.padEnd(12)}${await flip(directory, (each) => each === name, FLIPS, readSqlite, COUNT)}`,
    );
    db.close();
  });
}
await inDirectory(async (directory) => {
  const log = await SpillLog.open(settingsIn(directory), CONTEXT);
  for (const batch of small) await log.append(log.toEntry([batch]));
  console.log(`${'frames'.padEnd(12)}${await flip(directory, () => true, FLIPS, readOwn, COUNT)}`);
  await log.close(0);
});
