import { UploadOutlined } from '@ant-design/icons';
import { Button, Upload } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorView } from './error-view.tsx';

interface FileInputProps {
  readonly id?: string;
  readonly value?: string | undefined;
  readonly onChange?: (value: string | undefined) => void;
  readonly upload?: (file: File) => Promise<string>;
}

/** Chooses a file, sends it at once, and holds what the server calls it. A failed one can be chosen again. */
export function FileInput({ id, value, onChange, upload }: FileInputProps) {
  const { t } = useTranslation();
  const [state, setState] = useState<{ name?: string; busy: boolean; error?: unknown }>({ busy: false });

  async function take(file: File) {
    if (upload === undefined) throw new Error('a file field needs an upload');
    setState({ name: file.name, busy: true });
    try {
      onChange?.(await upload(file));
      setState({ name: file.name, busy: false });
    } catch (error) {
      onChange?.(undefined);
      setState({ busy: false, error });
    }
  }

  return (
    <>
      <Upload
        showUploadList={false}
        beforeUpload={(file) => {
          void take(file);
          return false;
        }}
      >
        <Button
          {...(id === undefined ? {} : { id })}
          icon={<UploadOutlined aria-hidden="true" />}
          loading={state.busy}
        >
          {t('draft.chooseFile')}
        </Button>
      </Upload>
      {value !== undefined && state.name !== undefined ? (
        <div role="status">{t('draft.fileDone', { name: state.name })}</div>
      ) : null}
      {state.error === undefined ? null : <ErrorView error={state.error} />}
    </>
  );
}
