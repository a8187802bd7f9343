'use client';
import { LogOut } from 'lucide-react';
import { useState } from 'react';
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuRadioGroup,
  MenuRadioItem,
  MenuSeparator,
  MenuTrigger,
} from '#components/ui/menu.tsx';
import { applyTheme, readTheme, type Theme } from './theme.ts';

/** Who is signed in and with which role; opens to the theme and the way out. */
export function RailEnd({ name, role, onSignOut }: { name: string; role: string; onSignOut: () => void }) {
  const [theme, setTheme] = useState<Theme>('system');
  return (
    // The theme lives on <html>, not in React: it is read when the menu opens.
    <Menu onOpenChange={(open) => (open ? setTheme(readTheme()) : undefined)}>
      <MenuTrigger className="flex h-8 w-full items-center justify-between gap-2 rounded-2 px-2 text-12 hover:bg-rail-on hover:text-rail-ink-on data-[state=open]:bg-rail-on max-md:h-10">
        <span className="truncate">{name}</span>
        <span className="shrink-0">{role}</span>
        <span className="sr-only">, theme and sign out</span>
      </MenuTrigger>
      <MenuContent side="top" align="start" className="w-[184px]">
        <MenuLabel>Theme</MenuLabel>
        <MenuRadioGroup
          value={theme}
          onValueChange={(next) => {
            setTheme(next as Theme);
            applyTheme(next as Theme);
          }}
        >
          <MenuRadioItem value="system">As the system</MenuRadioItem>
          <MenuRadioItem value="light">Light</MenuRadioItem>
          <MenuRadioItem value="dark">Dark</MenuRadioItem>
        </MenuRadioGroup>
        <MenuSeparator />
        <MenuItem onSelect={onSignOut}>
          <LogOut aria-hidden="true" />
          Sign out
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
