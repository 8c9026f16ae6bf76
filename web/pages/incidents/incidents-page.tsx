import { AlertFilled, CheckCircleOutlined } from '@ant-design/icons';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { incidentState, listIncidents } from '#incidents/contract';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { ObligationLine } from './obligation-line.tsx';

/** Incidents, those with the least remaining time first. */
export function IncidentsPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  const navigate = useNavigate();
  const report = can('incidents.report') ? (
    <Button
      type="primary"
      danger
      icon={<AlertFilled aria-hidden="true" />}
      onClick={() => void navigate({ to: '/incidents/report' })}
    >
      {t('incidents.report')}
    </Button>
  ) : null;
  return (
    <>
      <PageHeader title={t('incidents.title')} description={t('incidents.hint')} actions={report} />
      <ListPage
        name="incidents"
        label={t('incidents.title')}
        search={t('incidents.search')}
        source={listSource(listIncidents, ['state', 'unitId'])}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: '/incidents/$id', params: { id: row.id } })}
        filters={[
          {
            key: 'state',
            label: t('incidents.state'),
            options: optionsOf(words, 'incidentState', incidentState.options),
          },
        ]}
        columns={[
          {
            key: 'title',
            title: t('incidents.name'),
            card: 'title',
            render: (row) => (
              <>
                <Link to="/incidents/$id" params={{ id: row.id }}>
                  {row.title}
                </Link>{' '}
                {row.exercise ? <StatusTag tone="info">{t('incidents.exercise')}</StatusTag> : null}
                <div className="jd-faint jd-num" style={{ fontSize: 13 }}>
                  {row.number}
                </div>
              </>
            ),
            text: (row) => `${row.number} ${row.title}`,
          },
          {
            key: 'number',
            title: t('incidents.number'),
            extra: true,
            card: 'hidden',
            render: (row) => <span className="jd-num">{row.number}</span>,
          },
          { key: 'unit', title: t('incidents.unit'), render: (row) => row.unit, text: (row) => row.unit },
          {
            key: 'state',
            coded: 'incidentState',
            title: t('incidents.state'),
            render: (row) => <EnumTag name="incidentState" value={row.state} />,
            text: (row) => words('incidentState', row.state),
          },
          {
            key: 'obligations',
            field: 'obligations.dueAt',
            title: t('incidents.deadline'),
            render: (row) => row.obligations.map((duty) => <ObligationLine key={duty.id} duty={duty} />),
            text: (row) =>
              row.obligations
                .map((duty) => `${words('addressee', duty.to)} ${dateTime(duty.dueAt)}`)
                .join('; '),
          },
          {
            key: 't0',
            title: t('incidents.t0'),
            render: (row) => <span className="jd-num">{dateTime(row.t0)}</span>,
            text: (row) => dateTime(row.t0),
          },
        ]}
        empty={
          <EmptyState
            icon={<CheckCircleOutlined aria-hidden="true" />}
            title={t('incidents.empty')}
            hint={t('incidents.emptyHint')}
            action={report}
          />
        }
      />
    </>
  );
}
