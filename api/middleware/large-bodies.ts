import { invalidField } from '../../domain/shared/errors';

/** More members than any object of the API has by far, and more levels. */
const mostMembers = 500;
const mostLevels = 32;

/**
 * Refuses a text with more levels than any body has, before it is parsed: to build and to forget an object that is
 * nothing but levels takes tenths of a second.
 * @throws DomainError `validation_failed`
 */
export function refuseDeepText(text: string): void {
  let levels = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const letter = text[index];
    if (inString) {
      if (letter === '\\') index += 1;
      else inString = letter !== '"';
    } else if (letter === '"') inString = true;
    else if (letter === ']' || letter === '}') levels -= 1;
    else if (letter === '[' || letter === '{') levels += 1;
    if (levels > mostLevels)
      throw invalidField('', 'too_deep', `A body may have at most ${mostLevels} levels.`);
  }
}

/**
 * Refuses, before any schema looks at its members one by one, an object that no schema could allow.
 * @throws DomainError `validation_failed`
 */
export function refuseWideObjects(body: unknown): void {
  const pending: unknown[] = [body];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    const values: unknown[] = Object.values(node);
    if (!Array.isArray(node) && values.length > mostMembers) {
      throw invalidField('', 'too_long', `An object of the body may have at most ${mostMembers} members.`);
    }
    for (const value of values) if (typeof value === 'object' && value !== null) pending.push(value);
  }
}
