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
  return { openapi: '3.1.0', info: { title: 'Jiaodun 教盾', version }, paths, components };
}

const text = { type: 'string' };
/** What callers need beside the routes: how they say who they are, and what every refusal looks like. */
const components: Json = {
  securitySchemes: {
    session: {
      type: 'apiKey',
      in: 'cookie',
      name: 'jiaodun_session',
      description: 'The session of a browser; behind TLS the cookie is called __Host-jiaodun_session.',
    },
    token: { type: 'http', scheme: 'bearer', description: 'An API token.' },
  },
  parameters: {
    requestedWith: {
      name: 'x-requested-with',
      in: 'header',
      required: false,
      description: 'Any value; needed for every change that comes without an Authorization header.',
      schema: text,
    },
  },
  responses: {
    error: {
      description: 'Refused or failed; docs/reference/errors.md lists the codes.',
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['code', 'message', 'details'],
            properties: {
              code: text,
              message: { type: 'object', required: ['zh', 'en'], properties: { zh: text, en: text } },
              details: { type: 'object' },
            },
          },
        },
      },
    },
  },
};

function operation(route: Route): Json {
  const produced = route.produces === 'file' ? 'application/octet-stream' : 'text/event-stream';
  const content =
    route.produces && route.produces !== 'json'
      ? { [produced]: {} }
      : { 'application/json': { schema: route.reply ? schemaOf(route.reply) : {} } };
  return {
    summary: route.summary,
    'x-access': route.access,
    security: route.access === 'public' ? [] : [{ session: [] }, { token: [] }],
    parameters: [
      ...parameters('path', route.params),
      ...parameters('query', route.query),
      // The same two conditions as `refuseForgery`.
      ...(route.method === 'GET' || route.fromOutside
        ? []
        : [{ $ref: '#/components/parameters/requestedWith' }]),
    ],
    ...(route.body && { requestBody: { content: { 'application/json': { schema: schemaOf(route.body) } } } }),
    ...(route.accepts === 'stream' && { requestBody: { content: { 'application/octet-stream': {} } } }),
    responses: {
      200: { description: 'OK', content },
      default: { $ref: '#/components/responses/error' },
    },
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
