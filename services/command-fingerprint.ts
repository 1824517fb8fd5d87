/** How the fingerprint of what an operator asks for begins; releases before wrote it alone, whatever was asked for. */
export const anyOperator = 'operator';

/** Whether a command that was taken under a key is the one that comes under it now. */
export function isSameCommand(stored: string, given: string): boolean {
  return stored === given || (stored === anyOperator && given.startsWith(`${anyOperator}-`));
}
