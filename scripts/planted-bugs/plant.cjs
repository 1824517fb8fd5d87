/**
 * The file's text without its guard.
 * @param {{ name: string, file: string, find: string, replace: string }} bug
 * @param {string} text
 * @throws Error when the guard does not stand there exactly once.
 */
exports.plant = ({ name, file, find, replace }, text) => {
  const places = text.split(find).length - 1;
  if (places !== 1) throw new Error(`“${name}”: ${file} has its line ${places} times, not once.`);
  return text.replace(find, () => replace);
};
