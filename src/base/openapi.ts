/** Prints OpenAPI 3.1 from the contract routes: `docs/reference/openapi.json`. */
import { z } from 'zod';
import type { Route } from '#base/contract';

type Json = Record<string, unknown>;

export function openApiOf(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of [...routes].sort((a, b) => (a.path + a.method < b.path + b.method ? -1 : 1))) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return { openapi: '3.1.0', info: { title: 'Jiaodun 教盾', version }, paths };
}

function operation(route: Route): Json {
  const produced = route.produces === 'file' ? 'application/octet-stream' : 'text/event-stream';
  const content =
    route.produces && route.produces !== 'json'
      ? { [produced]: {} }
      : { 'application/json': { schema: route.reply ? schemaOf(route.reply) : {} } };
  return {
    summary: route.summary,
    'x-access': route.access,
    parameters: [...parameters('path', route.params), ...parameters('query', route.query)],
    ...(route.body && { requestBody: { content: { 'application/json': { schema: schemaOf(route.body) } } } }),
    ...(route.accepts === 'stream' && { requestBody: { content: { 'application/octet-stream': {} } } }),
    responses: { 200: { description: 'OK', content } },
  };
}

function parameters(place: 'path' | 'query', schema: z.ZodType | undefined): Json[] {
  if (!(schema instanceof z.ZodObject)) return [];
  const object = schemaOf(schema) as { properties: Record<string, unknown>; required?: string[] };
  return Object.entries(object.properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || (object.required ?? []).includes(name),
    schema: property,
  }));
}

function schemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json;
  return rest;
}
