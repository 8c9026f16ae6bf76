import { Input } from 'antd';
import { useState } from 'react';
import { dateTime, readChinaTime } from './moment.ts';

interface ChinaTimeInputProps {
  readonly id?: string;
  /** ISO 8601 in UTC, or nothing. */
  readonly value?: string | undefined;
  readonly onChange?: (value: string | undefined) => void;
}

/** The browser's own date and time field with seconds, read and shown as China Standard Time. */
export function ChinaTimeInput({ id, value, onChange, ...given }: ChinaTimeInputProps) {
  const [text, setText] = useState(() => toField(value));
  const shown = readChinaTime(text)?.toISOString() === value || value === undefined ? text : toField(value);
  return (
    <Input
      {...given}
      {...(id === undefined ? {} : { id })}
      type="datetime-local"
      step={1}
      value={shown}
      onChange={(event) => {
        setText(event.target.value);
        onChange?.(readChinaTime(event.target.value)?.toISOString());
      }}
    />
  );
}

function toField(value: string | undefined): string {
  return value === undefined ? '' : dateTime(value).replace(' ', 'T').replace('—', '');
}
