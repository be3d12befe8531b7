export async function init(_options: unknown, _context: unknown): Promise<number> {
  return 0;
}
