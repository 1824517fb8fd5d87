import type { Route } from '../../api/route';
import { type IdKind, idPrefixes } from '../../domain/shared/ids';
import { bodySchema, membersOf, type Schema, valueAt } from './bad-bodies';
import { type Operation, operations } from './contract';
import type { Example } from './examples';

/** A member of a body that names another record. */
export interface Reference {
  readonly pointer: string;
  readonly kind: IdKind;
}

const kinds = Object.keys(idPrefixes) as IdKind[];

/** A member may also take something else in an id's place, such as the number of a ticket's reference. */
function kindOf(schema: Schema): IdKind | undefined {
  const patterns = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map((part) => part.pattern);
  return kinds.find((kind) => patterns.some((pattern) => pattern?.includes(`${idPrefixes[kind]}_[`)));
}

function operationOfRoute({ operationId }: Route): Operation {
  const found = operations.find((operation) => operation.operationId === operationId);
  if (found === undefined) throw new Error(`${operationId} is not in the document`);
  return found;
}

/** The parameters of a route's path, as the document has them, with the kind of record each of them names. */
export function pathReferencesOf(route: Route): { readonly name: string; readonly kind: IdKind }[] {
  const { parameters = [] } = operationOfRoute(route).definition as {
    readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  };
  return parameters
    .filter((parameter) => parameter.in === 'path')
    .map(({ name, schema }) => {
      const kind = kindOf(schema);
      if (kind === undefined) throw new Error(`${route.operationId}: {${name}} names no kind of record`);
      return { name, kind };
    });
}

/** Every id in the example's bodies, with the body it stands in. */
export function bodyReferencesOf(
  route: Route,
  { body, otherBodies = [] }: Example,
): (Reference & { readonly index: number })[] {
  const schema = bodySchema(operationOfRoute(route));
  if (schema === undefined) throw new Error(`${route.operationId} has no body in the document`);
  const all = [body, ...otherBodies].flatMap((given, index) =>
    referencesIn(schema, given).map((reference) => ({
      ...reference,
      index,
      stands: valueAt(given, reference.pointer) !== undefined,
    })),
  );
  const standing = all.filter(({ stands }) => stands);
  const absent = all.filter(({ pointer }) => standing.every((reference) => reference.pointer !== pointer));
  if (absent.length > 0)
    throw new Error(
      `no example of ${route.operationId} has ${absent.map(({ pointer }) => pointer).join(', ')}: its matrices would leave that id out`,
    );
  return standing;
}

/** Every member of a body, nested ones too, that takes the id of a record. */
function referencesIn(schema: Schema, example: unknown): Reference[] {
  return membersOf(schema, example).flatMap((member) => {
    const kind = kindOf(member.schema);
    return kind === undefined ? [] : [{ pointer: member.pointer, kind }];
  });
}
