/**
 * What a scan thread and its owner tell each other. The owner has the files: the thread asks for their bytes, in buffers that go to
 * and fro. It sends found lines as long as the owner has asked for more.
 */
import type { ExpressionSource } from '../core/line-condition.ts';
import type { ScanTally } from '../core/search.ts';
import type { FileQuery, FileToScan } from './file-to-scan.ts';

export type ToThread =
  /** A search begins: what is asked of the files that follow. */
  | { readonly kind: 'begin'; readonly expression: ExpressionSource | undefined; readonly query: FileQuery }
  | { readonly kind: 'scan'; readonly target: FileToScan }
  /** Bytes that were asked for, at the start of the buffer. */
  | { readonly kind: 'bytes'; readonly buffer: ArrayBuffer; readonly length: number }
  /** They could not be read. */
  | { readonly kind: 'unreadable' }
  /** One more piece is wanted. */
  | { readonly kind: 'more' };

export type FromThread =
  | {
      readonly kind: 'read';
      readonly buffer: ArrayBuffer | undefined;
      readonly length: number;
      readonly position: number;
    }
  | {
      readonly kind: 'piece';
      readonly bytes: Uint8Array;
      readonly bounds: Uint32Array;
      readonly receivedAt: Float64Array;
      readonly tally: ScanTally;
    }
  | { readonly kind: 'warning'; readonly message: string }
  | { readonly kind: 'progress'; readonly tally: ScanTally }
  | { readonly kind: 'done'; readonly tally: ScanTally; readonly unreadable: boolean };
