/** Takes shell text apart, as far as documentation needs it: into simple commands, and those into words. */

/** The simple commands of a text: those in pipes, lists and substitutions are commands of their own. Without redirections. */
export function shellCommands(text: string): string[][] {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | undefined;
  let isTarget = false;

  const endWord = (): void => {
    // What follows a redirection is a file.
    if (word !== undefined && !isTarget) words.push(word);
    if (word !== undefined) isTarget = false;
    word = undefined;
  };
  const endCommand = (): void => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
    isTarget = false;
  };

  const source = text.replaceAll(/\\\n/g, ' ');
  for (let at = 0; at < source.length; at++) {
    const char = source[at]!;
    if (char === "'" || char === '"') {
      const end = source.indexOf(char, at + 1);
      if (end === -1) throw new Error(`a quote is never closed: ${source.slice(at)}`);
      word = (word ?? '') + source.slice(at + 1, end);
      at = end;
    } else if (char === '#' && word === undefined) {
      const end = source.indexOf('\n', at);
      at = end === -1 ? source.length : end - 1;
    } else if (source.startsWith('<(', at) || source.startsWith('$(', at)) {
      // The command around it ends here: what is told apart are commands, not how they are nested.
      endCommand();
      at++;
    } else if ('|&;()\n'.includes(char)) {
      endCommand();
    } else if (char === '>' || char === '<') {
      // `2>` is part of the redirection.
      if (word !== undefined && /^\d$/.test(word)) word = undefined;
      endWord();
      isTarget = true;
      if (source[at + 1] === char || source[at + 1] === '&') at++;
    } else if (/\s/.test(char)) {
      endWord();
    } else {
      word = (word ?? '') + char;
    }
  }
  endCommand();
  return commands;
}

/** What the command `logcaster` is given, if that is what the words call, in whatever way. */
export function logcasterArguments(words: readonly string[]): readonly string[] | undefined {
  const rest = words.slice(words.findIndex((word) => !/^(?:\$|[A-Z_]+=.*|npx|exec|time|sudo)$/.test(word)));
  if (rest[0] === 'logcaster') return rest.slice(1);
  const isScript = rest[0] === 'node' && /(?:^|\/)bin\/logcaster\.ts$/.test(rest[1] ?? '');
  return isScript ? rest.slice(2) : undefined;
}
