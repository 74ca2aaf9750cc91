// Says which Node is needed, before anything that an older one would trip over.
const needed = [20, 19];

/** A sentence for the person at the terminal, or undefined when this Node will do. */
export function nodeProblem(version) {
  const [major, minor] = version.split('.').map(Number);
  if (major > needed[0] || (major === needed[0] && minor >= needed[1])) return undefined;
  return `Runyard needs Node ${needed.join('.')} or newer, and this is ${version}. Node 24 is the best choice: https://nodejs.org/`;
}
