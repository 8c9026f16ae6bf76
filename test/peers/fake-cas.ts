/** A fake of a CAS 3 server, true to the protocol: tickets of one service, good once, XML and JSON (CAS Protocol 3.0.3). */
import { newSecret } from '#base/id';
import { listen, type Peer, sendJson } from './listen.ts';

export interface FakeCas extends Peer {
  /** What the server would do after its login page: a ticket for the service in this login address. */
  logIn(loginUrl: string, user: string): { readonly ticket: string; readonly back: string };
  attributes: Record<string, string>;
  /** Who is logged in there already: the login page sends the browser straight back. */
  visitor: string | undefined;
  /** Instead of the protocol's answer: what a hostile or broken server sends. */
  answer: ((user: string) => string) | undefined;
  readonly asked: URL[];
  /** The body of a back-channel logout (CAS Protocol 3.0.3, §2.3.3). */
  logoutBody(ticket: string): string;
}

export async function fakeCas(): Promise<FakeCas> {
  const tickets = new Map<string, { service: string; user: string }>();
  const peer = await listen((_request, url, response) => {
    if (url.pathname.endsWith('/login') && cas.visitor !== undefined) {
      const { back } = cas.logIn(url.href, cas.visitor);
      return void response.writeHead(302, { location: back }).end();
    }
    if (!url.pathname.endsWith('/p3/serviceValidate')) return void response.writeHead(404).end();
    cas.asked.push(url);
    const ticket = url.searchParams.get('ticket') ?? '';
    const issued = tickets.get(ticket);
    tickets.delete(ticket);
    const code = !issued
      ? 'INVALID_TICKET'
      : issued.service === url.searchParams.get('service')
        ? undefined
        : 'INVALID_SERVICE';
    if (url.searchParams.get('format') === 'JSON') {
      return sendJson(response, {
        serviceResponse: code
          ? { authenticationFailure: { code, description: 'refused' } }
          : { authenticationSuccess: { user: issued!.user, attributes: cas.attributes } },
      });
    }
    const body = code
      ? `<cas:authenticationFailure code="${code}">refused</cas:authenticationFailure>`
      : successOf(issued!.user, cas.attributes);
    response.writeHead(200, { 'content-type': 'application/xml' });
    return void response.end(cas.answer && issued ? cas.answer(issued.user) : wrap(body));
  });
  const cas: FakeCas = {
    ...peer,
    attributes: {},
    visitor: undefined,
    answer: undefined,
    asked: [],
    logIn: (loginUrl, user) => {
      const service = new URL(loginUrl).searchParams.get('service') ?? '';
      const ticket = `ST-${tickets.size + 1}-${newSecret()}`;
      tickets.set(ticket, { service, user });
      return { ticket, back: `${service}${service.includes('?') ? '&' : '?'}ticket=${ticket}` };
    },
    logoutBody: (ticket) =>
      new URLSearchParams({
        logoutRequest: `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="x" Version="2.0" IssueInstant="2026-06-01T02:00:00Z"><saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">@NOT_USED@</saml:NameID><samlp:SessionIndex>${ticket}</samlp:SessionIndex></samlp:LogoutRequest>`,
      }).toString(),
  };
  return cas;
}

export function wrap(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">${body}</cas:serviceResponse>`;
}

export function successOf(user: string, attributes: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries(attributes).map(([name, value]) => `<cas:${name}>${value}</cas:${name}>`);
  return `<cas:authenticationSuccess><cas:user>${user}</cas:user><cas:attributes>${lines.join('')}</cas:attributes></cas:authenticationSuccess>`;
}
