import { type Handler, handle } from '#base/http';
import { getNatSizing } from '../contract/sizing.ts';
import { sizeNat } from './size-nat.ts';

export const sizingRoutes: Handler[] = [handle(getNatSizing, async (_ctx, { query }) => sizeNat(query))];
