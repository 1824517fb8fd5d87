import { type IdKind, idPattern, idPrefixes } from '../../domain/shared/ids';
import { type Member, membersOf, type Schema } from './bad-bodies';

/** A member of a body that names another record. */
export interface Reference {
  readonly pointer: string;
  readonly kind: IdKind;
}

const kinds = Object.keys(idPrefixes) as IdKind[];

function kindOf({ schema }: Member): IdKind | undefined {
  const patterns = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map((part) => part.pattern);
  return kinds.find((kind) => patterns.includes(idPattern(kind).source));
}

/** Every member of a body, nested ones too, that takes the id of a record. */
export function referencesIn(schema: Schema, example: unknown): Reference[] {
  return membersOf(schema, example).flatMap((member) => {
    const kind = kindOf(member);
    return kind === undefined ? [] : [{ pointer: member.pointer, kind }];
  });
}
