import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { type Act, type ActName, actOnTask, acts, type TaskDetail } from '#tasks/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { Panel } from '../../ui/panel.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { readWho, usePeople, useWhoOptions } from './choose-who.ts';

/** Does an act and shows what became of the task. */
export function useAct(task: TaskDetail): (body: Act) => Promise<void> {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return async (body) => {
    const after = await call(actOnTask, { params: { id: task.id }, body });
    client.setQueryData(['tasks', 'one', task.id], after);
    await client.invalidateQueries({ queryKey: ['tasks'] });
    void message.success(t('tasks.ok'));
  };
}

const atOnce = ['sign', 'claim', 'give_back', 'recall'] as const;
const withForm = [
  'send_back',
  'return',
  'reissue',
  'transfer',
  'delegate',
  'add_signer',
  'copy',
  'comment',
  'withdraw',
] as const;

/** Everything that this person may do besides the one main button. */
export function TaskActs({ task }: { task: TaskDetail }) {
  const { t } = useTranslation();
  const may = (act: ActName) => task.allowed.includes(act);
  if (task.allowed.every((act) => act === 'finish')) return null;
  return (
    <Panel title={t('tasks.more')}>
      <Space wrap>
        {atOnce.filter(may).map((act) => (
          <AtOnce key={act} task={task} act={act} />
        ))}
        {withForm.filter(may).map((act) => (
          <FormDrawer key={act} label={t(`tasks.${act}`)} danger={act === 'withdraw'}>
            {(close) => <ActForm task={task} act={act} close={close} />}
          </FormDrawer>
        ))}
      </Space>
      {may('claim') ? <p className="jd-faint">{t('tasks.claimHint')}</p> : null}
    </Panel>
  );
}

function AtOnce({ task, act }: { task: TaskDetail; act: (typeof atOnce)[number] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { message } = App.useApp();
  const send = useAct(task);
  return (
    <Button
      type={act === 'sign' ? 'primary' : 'default'}
      onClick={() => {
        const body: Act = act === 'sign' ? { act, note: '' } : { act };
        send(body).catch((error: unknown) => void message.error(wordsForError(error)[language]));
      }}
    >
      {t(`tasks.${act}`)}
    </Button>
  );
}

interface FormProps {
  readonly task: TaskDetail;
  readonly act: (typeof withForm)[number];
  readonly close: () => void;
}

function ActForm({ task, act, close }: FormProps) {
  const { t } = useTranslation();
  const send = useAct(task);
  const done = async (body: Act) => {
    await send(body);
    close();
  };
  const common = { submitLabel: t(`tasks.${act}`), onCancel: close };
  const reason = { label: t('tasks.reason'), widget: 'textarea' as const, autoFocus: true };
  const field = { label: t('tasks.field'), example: t('tasks.fieldExample') };
  if (act === 'return' || act === 'send_back') {
    return (
      <SchemaForm
        {...common}
        schema={acts[act]}
        fixed={{ act }}
        fields={{ reason, field }}
        onSubmit={(value) => done(acts[act].parse(value))}
      />
    );
  }
  if (act === 'withdraw') {
    return (
      <SchemaForm
        {...common}
        danger
        schema={acts.withdraw}
        fixed={{ act }}
        fields={{ reason }}
        onSubmit={(value) => done(acts.withdraw.parse(value))}
      />
    );
  }
  if (act === 'comment') {
    return (
      <SchemaForm
        {...common}
        schema={acts.comment}
        fixed={{ act }}
        fields={{ text: { label: t('tasks.text'), widget: 'textarea', autoFocus: true } }}
        onSubmit={(value) => done(acts.comment.parse(value))}
      />
    );
  }
  if (act === 'reissue') {
    return (
      <SchemaForm
        {...common}
        schema={acts.reissue}
        fixed={{ act }}
        fields={{ note: { label: t('tasks.note'), widget: 'textarea' }, dueAt: { label: t('tasks.newDue') } }}
        onSubmit={(value) => done(acts.reissue.parse(value))}
      />
    );
  }
  return <WhoForm task={task} act={act} done={done} common={common} />;
}

const who = z.string().min(1);
const whoForms = {
  transfer: z.object({ who, reason: acts.transfer.shape.reason }),
  delegate: z.object({ who, until: acts.delegate.shape.until }),
  add_signer: z.object({ who, rule: z.enum(['all', 'any']) }),
  copy: z.object({ who }),
};

/** The forms that choose a person, or a post. */
function WhoForm({
  task,
  act,
  done,
  common,
}: {
  task: TaskDetail;
  act: keyof typeof whoForms;
  done: (body: Act) => Promise<void>;
  common: { submitLabel: string; onCancel: () => void };
}) {
  const { t } = useTranslation();
  const people = usePeople(task.id);
  const places = useWhoOptions();
  const onlyPeople = act === 'delegate' || act === 'copy';
  const options = onlyPeople ? people.options : [...people.options, ...places];
  const choose = {
    label: t(onlyPeople ? 'tasks.person' : 'tasks.to'),
    options,
    onSearch: people.search,
  };
  if (act === 'transfer') {
    return (
      <SchemaForm
        {...common}
        schema={whoForms.transfer}
        fields={{ who: choose, reason: { label: t('tasks.reason'), widget: 'textarea' } }}
        onSubmit={({ who, reason }) => done({ act, to: readWho(who), reason })}
      />
    );
  }
  if (act === 'delegate') {
    return (
      <SchemaForm
        {...common}
        schema={whoForms.delegate}
        fields={{ who: choose, until: { label: t('tasks.until'), help: t('tasks.untilHelp') } }}
        onSubmit={({ who, until }) =>
          done(acts.delegate.parse({ act, accountId: who.replace('account:', ''), until }))
        }
      />
    );
  }
  if (act === 'add_signer') {
    const rules = [
      { value: 'all', label: t('tasks.signAll') },
      { value: 'any', label: t('tasks.signAny') },
    ];
    return (
      <SchemaForm
        {...common}
        schema={whoForms.add_signer}
        initial={{ rule: 'all' }}
        fields={{ who: choose, rule: { label: t('tasks.signRule'), options: rules } }}
        onSubmit={({ who, rule }) => done({ act, signer: readWho(who), rule })}
      />
    );
  }
  return (
    <SchemaForm
      {...common}
      schema={whoForms.copy}
      fields={{ who: choose }}
      onSubmit={({ who }) => done({ act, accountId: who.replace('account:', '') })}
    />
  );
}
