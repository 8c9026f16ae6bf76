/**
 * The page's CSP nonce, written by the server into `<meta name="csp-nonce">` at each request. Empty when
 * the page is served without one (the Vite development server).
 */
export const cspNonce: string = readNonce();

function readNonce(): string {
  const content = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
  return content.startsWith('__') ? '' : content;
}

/**
 * Gives the nonce to every `<style>` that a library creates. antd passes its own through ConfigProvider, but
 * its scroll locker (@rc-component/portal useScrollLocker, 2026-11) writes one without, which a strict policy
 * blocks: the page behind a dialog would scroll. Some of its icons (LoginOutlined) hold an empty `<style>` in
 * their SVG, made with `createElementNS`.
 */
export function nonceLibraryStyles(): void {
  if (cspNonce === '') return;
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (name.toLowerCase() === 'style') element.nonce = cspNonce;
    return element;
  }) as typeof document.createElement;
  const createIn = document.createElementNS.bind(document) as (
    space: string | null,
    name: string,
    options?: ElementCreationOptions | string,
  ) => Element;
  document.createElementNS = ((space: string | null, name: string, options?: ElementCreationOptions) => {
    const element = createIn(space, name, options);
    if (name === 'style' && 'nonce' in element) element.nonce = cspNonce;
    return element;
  }) as typeof document.createElementNS;
}
