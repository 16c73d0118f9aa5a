/** A panel that opens at a button: menus, choosers, small forms. Escape and a click elsewhere close it. */
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { createPortal } from "react-dom";
import { Icon, type IconName } from "./icon";

export interface Anchor {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

interface PanelProps {
  anchor: Anchor;
  onClose: () => void;
  children: ReactNode;
  label: string;
  roomy?: boolean;
  menu?: boolean;
}

/** The panel itself, at a place of the window; it moves to stay inside. */
export function Panel({ anchor, onClose, children, label, roomy, menu }: PanelProps) {
  const ref = useRef<HTMLDivElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  useLayoutEffect(() => {
    const panel = ref.current!;
    const place = () => {
      const { width, height } = panel.getBoundingClientRect();
      const left = anchor.left + width > window.innerWidth - 8 ? anchor.right - width : anchor.left;
      const below = anchor.bottom + 4;
      const top = below + height > window.innerHeight - 8 ? Math.max(8, Math.min(anchor.top - height - 4, window.innerHeight - height - 8)) : below;
      panel.style.left = `${Math.max(8, left)}px`;
      panel.style.top = `${top}px`;
    };
    place();
    const watcher = new ResizeObserver(place);
    watcher.observe(panel);
    return () => watcher.disconnect();
  }, [anchor]);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const first = ref.current!.querySelector<HTMLElement>("[data-autofocus], input, button:not(:disabled), select, textarea, a");
    first?.focus({ preventScroll: true });
    const outside = (event: PointerEvent) => {
      if (!ref.current?.contains(event.target as Node)) close.current();
    };
    const escape = (event: globalThis.KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close.current();
    };
    document.addEventListener("pointerdown", outside, true);
    document.addEventListener("keydown", escape, true);
    return () => {
      document.removeEventListener("pointerdown", outside, true);
      document.removeEventListener("keydown", escape, true);
      if (before?.isConnected && (document.activeElement === document.body || ref.current?.contains(document.activeElement))) {
        before.focus({ preventScroll: true });
      }
    };
  }, []);
  return createPortal(
    <div ref={ref} className={roomy ? "pop roomy" : "pop"} role={menu ? "menu" : "dialog"} aria-label={label} onKeyDown={menu ? arrows : undefined}>
      {children}
    </div>,
    document.body,
  );
}

function arrows(event: KeyboardEvent<HTMLDivElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const options = [...event.currentTarget.querySelectorAll<HTMLElement>("[role^=menuitem]:not(:disabled)")];
  const at = options.indexOf(document.activeElement as HTMLElement);
  options[(at + step + options.length) % options.length]?.focus();
}

interface PopProps {
  label: string;
  text?: ReactNode;
  icon?: IconName;
  className?: string;
  roomy?: boolean;
  menu?: boolean;
  disabled?: boolean;
  title?: string;
  children: (close: () => void) => ReactNode;
}

/** A button with its panel. */
export function Pop({ label, text, icon, className = "btn", roomy, menu, disabled, title, children }: PopProps) {
  const [anchor, setAnchor] = useState<Anchor | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => setAnchor(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={text === undefined ? label : undefined}
        aria-haspopup={menu ? "menu" : "dialog"}
        aria-expanded={anchor !== null}
        title={title ?? (text === undefined ? label : undefined)}
        disabled={disabled}
        onPointerDown={(event) => anchor !== null && event.stopPropagation()}
        onClick={() => setAnchor(anchor === null ? button.current!.getBoundingClientRect() : null)}
      >
        {icon && <Icon name={icon} />}
        {text}
      </button>
      {anchor && (
        <Panel anchor={anchor} onClose={close} label={label} roomy={roomy ?? false} menu={menu ?? false}>
          {children(close)}
        </Panel>
      )}
    </>
  );
}

interface ItemProps {
  onClick: () => void;
  children: ReactNode;
  icon?: IconName;
  end?: ReactNode;
  checked?: boolean;
  disabled?: boolean;
}

export function MenuItem({ onClick, children, icon, end, checked, disabled }: ItemProps) {
  return (
    <button
      type="button"
      className="option"
      role={checked === undefined ? "menuitem" : "menuitemcheckbox"}
      aria-checked={checked}
      disabled={disabled}
      onClick={onClick}
    >
      {icon && <Icon name={icon} size={14} />}
      <span className="ellipsis">{children}</span>
      {end !== undefined && <span className="end">{end}</span>}
      {checked && (
        <span className="end">
          <Icon name="check" size={14} />
        </span>
      )}
    </button>
  );
}
