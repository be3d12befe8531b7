/** A file system that can be made slow or failing while a component uses it. */
import { sleep, systemClock } from '../core/clock.ts';
import { type FileSystem, type OpenFile, systemFileSystem } from '../core/file-system.ts';

/**
 * How a component's world misbehaves.
 *
 * @remarks Since 0.1.0
 */
export type Trouble = 'slow' | 'retryable' | 'permanent' | 'random';

type AnyFunction = (...args: never[]) => unknown;

export class FailingFileSystem implements FileSystem {
  /** What is the matter at the moment. */
  trouble: Trouble | undefined;
  /** Operations that were slowed down or failed. */
  fired = 0;
  #seed = 1;
  readonly mkdir = this.#troubled('mkdir');
  readonly readdir = this.#troubled('readdir');
  readonly readEntries = this.#troubled('readEntries');
  readonly stat = this.#troubled('stat');
  readonly lstat = this.#troubled('lstat');
  readonly realpath = this.#troubled('realpath');
  readonly link = this.#troubled('link');
  readonly rename = this.#troubled('rename');
  readonly unlink = this.#troubled('unlink');
  readonly chmod = this.#troubled('chmod');

  async open(path: string, flags: number, mode?: number): Promise<OpenFile> {
    await this.#suffer();
    const file = await systemFileSystem.open(path, flags, mode);
    const troubled = <Name extends keyof OpenFile>(name: Name): OpenFile[Name] =>
      (async (...args: never[]) => {
        // Closing must work: otherwise it is this file system that leaks.
        if (name !== 'close') await this.#suffer();
        return (file[name] as AnyFunction).apply(file, args);
      }) as OpenFile[Name];
    return {
      writev: troubled('writev'),
      read: troubled('read'),
      truncate: troubled('truncate'),
      sync: troubled('sync'),
      datasync: troubled('datasync'),
      stat: troubled('stat'),
      chmod: troubled('chmod'),
      close: troubled('close'),
    };
  }

  #troubled<Name extends Exclude<keyof FileSystem, 'open'>>(name: Name): FileSystem[Name] {
    return (async (...args: never[]) => {
      await this.#suffer();
      return (systemFileSystem[name] as AnyFunction)(...args);
    }) as FileSystem[Name];
  }

  async #suffer(): Promise<void> {
    const { trouble } = this;
    // By chance, but the same each time. (https://en.wikipedia.org/wiki/Lehmer_random_number_generator)
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    const isSpared = this.#seed / 2_147_483_647 < 0.7;
    if (!trouble || (trouble === 'random' && isSpared)) return;
    this.fired++;
    if (trouble === 'slow') return sleep(systemClock, 5);
    const code = trouble === 'permanent' ? 'EACCES' : 'ENOSPC';
    throw Object.assign(new Error(`${code}: made by the conformance kit`), { code });
  }
}
