/** Whether a domain exists, asked of the name servers that the looks ask. */
import { Resolver } from 'node:dns/promises';

/** `unseen`: the name servers said nothing that can be relied on. */
export type DomainAnswer = 'there' | 'gone' | 'unseen';

/**
 * Asks for the authority of a domain. Only NXDOMAIN says that it does not exist (RFC 8020), and only of a name server that
 * knows the top level above it: one without a way to the internet denies everything.
 */
export async function askDomain(
  domain: string,
  options: { readonly servers: readonly string[]; readonly timeoutMs?: number },
): Promise<DomainAnswer> {
  const resolver = new Resolver({ timeout: options.timeoutMs ?? 3000, tries: 2 });
  if (options.servers.length > 0) resolver.setServers(options.servers);
  const answer = await existsIn(resolver, domain);
  if (answer !== 'gone') return answer;
  const top = domain.split('.').at(-1)!;
  return (await existsIn(resolver, top)) === 'there' ? 'gone' : 'unseen';
}

async function existsIn(resolver: Resolver, name: string): Promise<DomainAnswer> {
  try {
    await resolver.resolveSoa(name);
    return 'there';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENODATA') return 'there';
    return code === 'ENOTFOUND' ? 'gone' : 'unseen';
  }
}
