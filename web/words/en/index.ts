import * as actWords from './acts.ts';
import { allocationEnums, allocationTree } from './allocation.ts';
import * as auditWords from './audit.ts';
import { auditSubjects } from './audit-subjects.ts';
import * as authWords from './auth.ts';
import { crawl, crawlEnums } from './crawl.ts';
import { deviceEnums, deviceRegister } from './device-register.ts';
import { documentEnums, documents } from './documents.ts';
import { duties } from './duties.ts';
import { enums } from './enums.ts';
import { findingPicture, findingPictureEnums } from './finding-picture.ts';
import { findingRemedy, findingRemedyEnums } from './finding-remedies.ts';
import { findingWork, findingWorkEnums } from './finding-work.ts';
import { homePictureEnums, homePictures } from './home-pictures.ts';
import { logFieldEnums, logFields } from './log-fields.ts';
import { logFileEnums, logFiles } from './log-files.ts';
import { logForward } from './log-forward.ts';
import { logLedger, logLedgerEnums } from './log-ledger.ts';
import { logReading, logReadingEnums } from './log-reading.ts';
import { logRetention, logRetentionEnums } from './log-retention.ts';
import { caseNote, logSearch } from './log-search.ts';
import { logSourceEnums, logSources } from './log-sources.ts';
import * as notifyWords from './notify.ts';
import * as peoplePosts from './people-posts.ts';
import { pollerEnums, pollers } from './pollers.ts';
import * as proof from './proof.ts';
import * as register from './register.ts';
import { rendered, renderedEnums } from './rendered.ts';
import * as rightsWords from './rights.ts';
import { ruleHelpEnums } from './rule-help.ts';
import * as securityWords from './security.ts';
import * as shell from './shell.ts';
import { sso } from './single-sign-on.ts';
import { siteColumns } from './site-columns.ts';
import { siteRetired } from './site-retired.ts';
import { siteWatch, siteWatchEnums } from './site-watch.ts';
import { taskEnums, tasks } from './tasks.ts';
import { traceBulk, traceBulkEnums } from './trace-bulk.ts';
import { natSizing, traceCheckEnums, traceCoverage, traceDrills, traceReport } from './trace-checks.ts';
import { complaint, complaintEnums } from './trace-complaint.ts';
import { traceWay } from './trace-way.ts';
import * as ui from './ui.ts';
import * as unitTree from './unit-tree.ts';
import { watchSettings } from './watch-settings.ts';
import { wordWork, wordWorkEnums } from './word-work.ts';
import * as work from './work.ts';

/** The English catalogue; `words.test.ts` holds it to the same keys and marks as the Chinese one. */
export const en = {
  ...actWords,
  ...shell,
  ...ui,
  ...auditWords,
  ...authWords,
  ...rightsWords,
  ...securityWords,
  ...register,
  ...unitTree,
  ...work,
  ...peoplePosts,
  ...notifyWords,
  ...proof,
  siteWatch,
  sso,
  duties,
  deviceRegister,
  allocationTree,
  pollers,
  tasks,
  logReading,
  logLedger,
  logForward,
  logRetention,
  logFiles,
  logFields,
  logSources,
  logSearch,
  caseNote,
  auditSubjects,
  complaint,
  traceBulk,
  traceReport,
  traceWay,
  findingPicture,
  findingRemedy,
  traceDrills,
  traceCoverage,
  natSizing,
  crawl,
  homePictures,
  rendered,
  siteColumns,
  siteRetired,
  watchSettings,
  findingWork,
  wordWork,
  documents,
  enums: {
    ...enums,
    ...logReadingEnums,
    ...logLedgerEnums,
    ...logFileEnums,
    ...logFieldEnums,
    ...logSourceEnums,
    ...logRetentionEnums,
    ...taskEnums,
    ...complaintEnums,
    ...traceBulkEnums,
    ...traceCheckEnums,
    ...deviceEnums,
    ...allocationEnums,
    ...pollerEnums,
    ...siteWatchEnums,
    ...findingPictureEnums,
    ...findingRemedyEnums,
    ...findingWorkEnums,
    ...wordWorkEnums,
    ...documentEnums,
    ...ruleHelpEnums,
    ...crawlEnums,
    ...homePictureEnums,
    ...renderedEnums,
  },
};
