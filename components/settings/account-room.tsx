'use client';
import { useMe } from '#components/auth/me.tsx';
import { PasswordForm } from '#components/auth/password-form.tsx';
import { ZoneSwitch } from '#components/format/zone-switch.tsx';
import { Card, CardBody, CardHeader } from '#components/ui/card.tsx';
import { Label } from '#components/ui/tag.tsx';
import { toast } from '#components/ui/toast.tsx';

export function AccountRoom() {
  const me = useMe();
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-3 lg:grid-cols-2">
      <Card aria-label="Password">
        <CardHeader title="Password" note="changing it ends your other sessions" />
        <CardBody className="pt-0">
          <PasswordForm username={me.name} onDone={() => toast('The password was changed')} />
        </CardBody>
      </Card>
      <Card aria-label="You">
        <CardHeader title="You" />
        <CardBody className="flex flex-col gap-3">
          <p>
            Signed in as <b className="font-semibold">{me.name}</b> <Label>{me.role}</Label>
          </p>
          <div>
            <p className="mb-1 text-12 text-ink-3">Times are written in</p>
            <ZoneSwitch />
          </div>
          <p className="text-12 text-ink-3">Theme and sign-out are at the foot of the navigation.</p>
        </CardBody>
      </Card>
    </div>
  );
}
