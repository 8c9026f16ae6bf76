import type { Ctx } from '#base/app';
import { type Handler, handle } from '#base/http';
import * as contract from './contract.ts';
import { correctPerson, keepApart, mergePeople, readPerson, registerPerson } from './keep-people.ts';
import * as store from './people-store.ts';
import { maskPhone } from './rules.ts';

export function personOf(row: store.PersonRow): contract.Person {
  return {
    id: row.id,
    personNo: row.person_no,
    name: row.name,
    unitId: row.unit_id,
    unitName: row.unit_name,
    post: row.posts[0] ?? null,
    posts: row.posts,
    phoneMasked: maskPhone(row.phone),
    email: row.email,
    minor: row.minor,
  };
}

async function pageOf(ctx: Ctx, row: store.PersonRow) {
  const into = row.merged_into ? await store.findPerson(ctx, { id: row.merged_into }) : undefined;
  return {
    ...personOf(row),
    mergedInto: into ? { id: into.id, name: into.name, personNo: into.person_no } : null,
  };
}

export const peopleRoutes: Handler[] = [
  handle(contract.listPeople, async (ctx, { query }) => {
    const page = await store.listPeople(ctx, query);
    return { ...page, items: page.items.map(personOf) };
  }),
  handle(contract.listDuplicates, async (ctx, { query }) => {
    const page = await store.listDuplicates(ctx, query);
    const people = await store.findPeople(
      ctx,
      page.items.flatMap((pair) => [pair.a_id, pair.b_id]),
    );
    return {
      ...page,
      items: page.items.map((pair) => ({
        first: personOf(people.get(pair.a_id)!),
        second: personOf(people.get(pair.b_id)!),
        same: [
          ...(pair.same_phone ? (['phone'] as const) : []),
          ...(pair.same_email ? (['email'] as const) : []),
        ],
      })),
    };
  }),
  handle(contract.getPerson, async (ctx, { params }) => pageOf(ctx, await readPerson(ctx, params.id))),
  handle(contract.registerPerson, async (ctx, { body }) => pageOf(ctx, await registerPerson(ctx, body))),
  handle(contract.updatePerson, async (ctx, { params, body }) =>
    pageOf(ctx, await correctPerson(ctx, params.id, body)),
  ),
  handle(contract.mergePeople, async (ctx, { params, body }) =>
    pageOf(ctx, await mergePeople(ctx, params.id, body)),
  ),
  handle(contract.keepPeopleApart, async (ctx, { params, body }) => {
    await keepApart(ctx, params.id, body);
    return undefined;
  }),
];
