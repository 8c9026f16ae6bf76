export { keepMarked, type PageSpots, spotsOnPage } from './draw-pictures.ts';
export { checkSiteSoon } from './request-check.ts';
