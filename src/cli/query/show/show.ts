/** How found lines are written. */
import type { Output } from '../output.ts';
import type { ShownLines } from '../piece.ts';

/** Writes lines. */
export interface Show {
  /** Writes some. `false`: nobody reads any more. */
  show(lines: ShownLines, output: Output): Promise<boolean>;
}

/** Writes lines one by one, sending a part whenever there is enough. */
export async function showEach(
  { bounds }: ShownLines,
  output: Output,
  write: (index: number) => void,
): Promise<boolean> {
  for (let index = 0; index < bounds.length / 2; index++) {
    write(index);
    if (output.isFull && !(await output.send())) return false;
  }
  return output.isOpen;
}
