export { checkSiteSoon } from './request-check.ts';
