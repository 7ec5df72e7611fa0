// Names in pictures: short enough for their place, and none like another.

/** Without its middle where it is longer: names in a row often begin alike, and end in what tells them apart. */
export function shortened(name: string, most: number): string {
  const letters = Array.from(name);
  if (letters.length <= most) return name;
  const begin = Math.ceil((most - 1) / 2);
  return `${letters.slice(0, begin).join('')}…${letters.slice(begin + 1 - most).join('')}`;
}

/** What is drawn under one name would be drawn as one: those that share theirs get their numbers behind it. */
export function distinct(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return names.map((name, i) => ((counts.get(name) ?? 0) > 1 ? `${name} [${i}]` : name));
}

/** Both, for a legend. */
export function seriesNames(names: readonly string[], most = 36): string[] {
  return distinct(names.map((name) => shortened(name, most)));
}
