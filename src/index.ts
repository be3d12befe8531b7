// Filled as the first components arrive.
// oxlint-disable-next-line unicorn/require-module-specifiers
export {};
