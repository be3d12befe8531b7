/**
 * How the command's process uses its heap. Programs that embed LogCaster have a heap of their own, which is left alone.
 */
import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the young generation of the heap as small as it is now, and collects the old one when it has doubled: to be called
 * first, before anything large is loaded.
 *
 * What LogCaster throws away is mostly buffers of 64 KiB with a small object each. With a large young generation they wait
 * there by the thousand, survive, and only a full collection frees them; and since buffers count, full collections come
 * often, although the heap itself is small. Measured on W1 of the bench: 50 MB less at the peak, and a fifth less CPU time.
 */
export function tuneMemory(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=100');
}
