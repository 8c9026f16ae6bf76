import { type Every, every } from '#base/jobs';
import { tellExpired } from './decide-exception.ts';
import { computeMissing } from './five-job.ts';
import { settleHandOvers } from './hand-over.ts';
import { remindOfCertificates } from './keep-certificates.ts';

/** Days begin at 16:00 UTC. Each of these decides from rows what is due, so a missed hour is made up by the next. */
export const peopleTimers: Every[] = [
  every('units.hand-overs', '1 * * * *', settleHandOvers),
  every('units.exceptions', '2 * * * *', tellExpired),
  every('units.certificates', '3 * * * *', remindOfCertificates),
  every('units.five', '5 * * * *', computeMissing),
];
