/** Colours where a person reads, and has not said NO_COLOR. */
function coloured(stream: NodeJS.WriteStream, code: number, text: string): string {
  const isWanted = stream.isTTY && stream.hasColors?.() && !process.env.NO_COLOR;
  return isWanted ? `\u001b[${code}m${text}\u001b[0m` : text;
}

export const bold = (stream: NodeJS.WriteStream, text: string): string => coloured(stream, 1, text);
export const red = (stream: NodeJS.WriteStream, text: string): string => coloured(stream, 31, text);
