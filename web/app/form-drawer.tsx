import { Button, Drawer } from 'antd';
import { type ReactNode, useState } from 'react';
import { phoneWidth, useNarrowerThan } from '../ui/narrow.ts';

interface FormDrawerProps {
  readonly label: string;
  readonly title?: string;
  readonly icon?: ReactNode;
  readonly type?: 'primary' | 'default' | 'link';
  readonly danger?: boolean;
  readonly size?: 'small' | 'middle';
  readonly disabled?: boolean;
  /** The form; `close` is called after it was accepted. */
  readonly children: (close: () => void) => ReactNode;
}

/** A button that opens a form beside the page, so that what it is about stays in sight. */
export function FormDrawer(props: FormDrawerProps) {
  const [isOpen, setOpen] = useState(false);
  const isPhone = useNarrowerThan(phoneWidth);
  const close = () => setOpen(false);
  return (
    <>
      <Button
        type={props.type ?? 'default'}
        danger={props.danger ?? false}
        size={props.size ?? 'middle'}
        disabled={props.disabled ?? false}
        icon={props.icon}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        {props.label}
      </Button>
      <Drawer
        open={isOpen}
        onClose={(event) => {
          // The second half of a double click on the button falls on the mask, which is there by then.
          if (!isSecondClick(event)) close();
        }}
        size={isPhone ? '100%' : 480}
        title={props.title ?? props.label}
        destroyOnHidden
      >
        {isOpen ? props.children(close) : null}
      </Drawer>
    </>
  );
}

/** Whether an event is the second click of two in quick succession; a key counts no clicks. */
export function isSecondClick(event: { readonly detail: number }): boolean {
  return event.detail > 1;
}
