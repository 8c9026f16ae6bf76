import { Link } from '@tanstack/react-router';

interface MessageLinkProps {
  readonly item: { readonly subject: string; readonly link: string | null };
  readonly onOpen: () => void;
}

/** A message's subject, leading to its subject's page when it has one in this product. */
export function MessageLink({ item, onOpen }: MessageLinkProps) {
  const inside = insidePath(item.link);
  if (inside === undefined) return <span>{item.subject}</span>;
  return (
    <Link to={inside} onClick={onOpen}>
      {item.subject}
    </Link>
  );
}

/** The path of a link into this product; another host's link is not followed from a message. */
export function insidePath(link: string | null, origin: string = location.origin): string | undefined {
  if (link === null) return undefined;
  if (!URL.canParse(link, origin)) return undefined;
  const address = new URL(link, origin);
  return address.origin === origin ? `${address.pathname}${address.search}` : undefined;
}
