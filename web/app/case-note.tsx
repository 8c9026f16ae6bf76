import { useQuery } from '@tanstack/react-query';
import { Form } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listIncidents } from '#incidents/contract';
import { call } from './api.ts';
import { useCan } from './session.ts';

/** A case number may be of another office; that no incident here has it is told, in case it is a slip. */
export function CaseNote({ caseNo }: { caseNo: string }) {
  const { t } = useTranslation();
  const can = useCan();
  const number = caseNo.trim();
  const query = useQuery({
    queryKey: ['incidents', 'numbered', number],
    queryFn: ({ signal }) => call(listIncidents, { query: { q: number, pageSize: 20 } }, { signal }),
    enabled: number.length >= 2 && can('incidents.read'),
    staleTime: 60_000,
  });
  const isUnknown = query.data !== undefined && !query.data.items.some((one) => one.number === number);
  if (!isUnknown) return null;
  return (
    <span role="status" className="jd-warn-text">
      {t('caseNote.unknown', { number })}
    </span>
  );
}

/** The same for the case number that is being typed into the form around it, once it rests. */
export function CaseNoteOfForm() {
  const given: unknown = Form.useWatch('caseNo');
  return <CaseNoteAtRest caseNo={typeof given === 'string' ? given : ''} />;
}

/** The same for what is being typed, once it rests. */
export function CaseNoteAtRest({ caseNo }: { caseNo: string }) {
  const [settled, setSettled] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSettled(caseNo), restMs);
    return () => clearTimeout(timer);
  }, [caseNo]);
  return <CaseNote caseNo={settled} />;
}

/** Half a number is no slip: so long nothing was typed. */
const restMs = 800;
