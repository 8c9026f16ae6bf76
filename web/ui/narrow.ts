import { useSyncExternalStore } from 'react';

/** True while the window is at most `pixels` wide. */
export function useNarrowerThan(pixels: number): boolean {
  const query = `(max-width: ${pixels}px)`;
  return useSyncExternalStore(
    (changed) => {
      const media = matchMedia(query);
      media.addEventListener('change', changed);
      return () => media.removeEventListener('change', changed);
    },
    () => matchMedia(query).matches,
  );
}

/** Phones: tables become cards. */
export const phoneWidth = 640;
/** Below this the navigation is a drawer. */
export const drawerWidth = 991;
