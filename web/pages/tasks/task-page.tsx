import { ArrowRightOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { getTask, type TaskDetail } from '#tasks/contract';
import { call } from '../../app/api.ts';
import { useDutyWords } from '../../app/duty-words.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { insidePath } from '../../app/message-link.tsx';
import { colon, listComma } from '../../app/punctuation.ts';
import { told } from '../../app/told.ts';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { FinishForm } from './finish-form.tsx';
import { TaskActs } from './task-acts.tsx';
import { TaskHistory } from './task-history.tsx';
import { askerText, DueText, useHolderText } from './task-words.tsx';

/** One task: what, why, by when; its one main button; everything else below. */
export function TaskPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({
    queryKey: ['tasks', 'one', id],
    queryFn: ({ signal }) => call(getTask, { params: { id } }, { signal }),
  });
  return (
    <QueryView query={query} rows={8}>
      {(task) => (
        <>
          <PageHeader
            title={task.title}
            tag={<EnumTag name="taskState" value={task.state} />}
            description={
              <>
                {task.why}
                <br />
                {t('tasks.due')} <DueText task={task} /> · {t('tasks.minutesOf', { count: task.minutes })}
              </>
            }
            back={{ to: '/tasks', label: t('tasks.title') }}
          />
          <Notices task={task} />
          <div className="jd-columns">
            <div>
              <MainAct task={task} />
              <TaskActs task={task} />
              <Submissions task={task} />
              <TaskHistory task={task} />
            </div>
            <TaskFacts task={task} />
          </div>
        </>
      )}
    </QueryView>
  );
}

function Notices({ task }: { task: TaskDetail }) {
  const { t } = useTranslation();
  const { returnedReason: reason, returnedField: field, outcome } = task;
  return (
    <>
      {reason ? (
        <Alert
          showIcon
          type="warning"
          style={{ marginBottom: 16 }}
          title={`${t('tasks.cameBack', { reason })}${field ? t('tasks.cameBackField', { field }) : ''}`}
        />
      ) : null}
      {task.state === 'cancelled' && outcome ? (
        <Alert
          showIcon
          type="info"
          style={{ marginBottom: 16 }}
          title={t('tasks.withdrawn', { reason: told(outcome) ?? '' })}
        />
      ) : null}
      {task.nobody ? (
        <Alert showIcon type="warning" style={{ marginBottom: 16 }} title={t('tasks.nobody')} />
      ) : null}
    </>
  );
}

/** The page where it is done, or the answer right here. */
function MainAct({ task }: { task: TaskDetail }) {
  const { t } = useTranslation();
  const isLive = !['done', 'cancelled'].includes(task.state);
  const link = insidePath(task.link);
  const canFinish = task.allowed.includes('finish');
  if (!isLive || (!canFinish && !(task.byMachine && link))) return null;
  return (
    <Panel>
      {link ? (
        <p>
          <Link to={link as '/'}>
            <Button
              type={task.byMachine ? 'primary' : 'default'}
              size="large"
              icon={<ArrowRightOutlined aria-hidden="true" />}
            >
              {t('tasks.go')}
            </Button>
          </Link>
        </p>
      ) : null}
      {task.byMachine ? <p className="jd-faint">{t('tasks.goHint')}</p> : null}
      {canFinish ? <FinishForm task={task} /> : null}
    </Panel>
  );
}

function Submissions({ task }: { task: TaskDetail }) {
  const { t } = useTranslation();
  if (task.submissions.length === 0) return null;
  return (
    <Panel title={t('tasks.submissions')}>
      {[...task.submissions].reverse().map((one) => (
        <div key={one.round} style={{ marginBottom: 12 }}>
          <div className="jd-faint jd-num">
            {t('tasks.round', { round: one.round })} · {one.doneByName} · {dateMinute(one.at)}
          </div>
          <div className="jd-break" style={{ whiteSpace: 'pre-wrap' }}>
            {one.answer || t('tasks.noAnswer')}
          </div>
          <FileLinks task={task} round={one.round} />
        </div>
      ))}
    </Panel>
  );
}

/** Files are only ever downloaded, never shown in the page: they come from anybody. */
function FileLinks({ task, round }: { task: TaskDetail; round: number }) {
  const files = task.files.filter((file) => file.round === round);
  if (files.length === 0) return null;
  return (
    <ul>
      {files.map((file) => (
        <li key={file.id}>
          <a className="jd-break" href={`/api/tasks/${task.id}/files/${file.id}`} download={file.name}>
            {file.name}
          </a>
        </li>
      ))}
    </ul>
  );
}

function TaskFacts({ task }: { task: TaskDetail }) {
  const { t } = useTranslation();
  const duties = useDutyWords();
  const words = useEnumWords();
  const holderText = useHolderText();
  const { delegateName: name, delegateUntil: until } = task;
  const signers = task.signers.map((signer) => {
    const who = signer.post
      ? words('post', signer.post)
      : signer.role
        ? words('role', signer.role)
        : t('tasks.person');
    const did = signer.signedByName
      ? t('tasks.signedAt', { name: signer.signedByName, time: dateMinute(signer.signedAt) })
      : t('tasks.notSigned');
    return `${who}${colon()}${did}`;
  });
  return (
    <Panel title={t('tasks.facts')}>
      <Facts
        items={[
          [t('tasks.due'), <DueText key="due" task={task} />],
          [t('tasks.minutes'), t('tasks.minutesOf', { count: task.minutes })],
          [t('tasks.basis'), duties(task.legalBasis)],
          [t('tasks.unit'), task.unitName],
          [t('tasks.kind'), words('taskKind', task.kind)],
          [t('tasks.holder'), holderText(task)],
          [
            t('tasks.delegate'),
            name && until ? t('tasks.delegatedTo', { name, time: dateMinute(until) }) : null,
          ],
          [t('tasks.person'), task.holders.join(listComma())],
          [t('tasks.signers'), signers.length > 0 ? signers.join('；') : null],
          [t('tasks.askedBy'), askerText(task.askedByName, t)],
          [t('tasks.raisedAt'), dateMinute(task.raisedAt)],
          [t('tasks.doneBy'), task.doneByName],
          [t('tasks.settledAt'), task.settledAt ? dateMinute(task.settledAt) : null],
          [t('tasks.copies'), task.copies.join(listComma())],
        ]}
      />
    </Panel>
  );
}
