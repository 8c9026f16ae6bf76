import { type Handler, handle } from '#base/http';
import { readQuestions } from './complaint/read-questions.ts';
import * as contract from './contract/complaint.ts';

export const complaintRoutes: Handler[] = [
  handle(contract.readComplaint, (ctx, { body }) => readQuestions(ctx, body)),
];
