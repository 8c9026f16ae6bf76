import { Button, Popover } from 'antd';
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';

interface PopupProps {
  readonly label: string;
  readonly title: string;
  readonly icon: ReactNode;
  readonly children: (close: () => void) => ReactNode;
}

const reachable = 'a[href], button:not(:disabled), input:not(:disabled), select, textarea';

/**
 * A button with a small window of choices below it. antd's Popover leaves the focus on the button and stands at the
 * end of the document: here the window takes the focus, keeps Tab inside, and Escape gives the focus back.
 */
export function Popup({ label, title, icon, children }: PopupProps) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    }
    if (event.key !== 'Tab') return;
    const controls = [...(box.current?.querySelectorAll<HTMLElement>(reachable) ?? [])];
    const [first, last] = [controls[0], controls.at(-1)];
    const here = document.activeElement;
    // Nothing but text: the focus stays on the window itself.
    const isAtEnd =
      controls.length === 0 || (event.shiftKey ? here === first || here === box.current : here === last);
    if (!isAtEnd) return;
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  };
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      open={isOpen}
      onOpenChange={setOpen}
      afterOpenChange={(open) => {
        if (open) box.current?.focus();
      }}
      destroyOnHidden
      title={title}
      content={
        <div ref={box} role="dialog" aria-label={title} tabIndex={-1} onKeyDown={onKeyDown}>
          {children(close)}
        </div>
      }
    >
      <Button ref={button} icon={icon} aria-haspopup="dialog" aria-expanded={isOpen}>
        {label}
      </Button>
    </Popover>
  );
}
