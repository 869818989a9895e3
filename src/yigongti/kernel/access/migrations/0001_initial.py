import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import oauth2_provider.generators
import oauth2_provider.models
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import yigongti.kernel.clock
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = [
        ("organizations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("username", models.CharField(max_length=64, unique=True, verbose_name="账号")),
                ("name", models.CharField(max_length=64, verbose_name="姓名")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="电子邮箱")),
                ("is_active", models.BooleanField(default=True, verbose_name="启用")),
                ("date_joined", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="建立时间")),
                ("resident_id", models.UUIDField(blank=True, null=True, unique=True, verbose_name="本人档案")),
                ("must_change_password", models.BooleanField(default=False, verbose_name="下次登录改密")),
                (
                    "password_changed_at",
                    models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="改密时间"),
                ),
            ],
            options={
                "verbose_name": "账号",
                "verbose_name_plural": "账号",
            },
        ),
        migrations.CreateModel(
            name="Application",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "client_id",
                    models.CharField(
                        db_index=True,
                        default=oauth2_provider.generators.generate_client_id,
                        max_length=255,
                        unique=True,
                        verbose_name="client ID",
                    ),
                ),
                (
                    "redirect_uris",
                    models.TextField(
                        blank=True, help_text="Allowed URIs list, space separated", verbose_name="redirect URIs"
                    ),
                ),
                (
                    "post_logout_redirect_uris",
                    models.TextField(
                        blank=True,
                        default="",
                        help_text="Allowed Post Logout URIs list, space separated",
                        verbose_name="post logout redirect URIs",
                    ),
                ),
                (
                    "client_type",
                    models.CharField(
                        choices=[("confidential", "Confidential"), ("public", "Public")],
                        max_length=32,
                        verbose_name="client type",
                    ),
                ),
                (
                    "authorization_grant_type",
                    models.CharField(
                        choices=[
                            ("authorization-code", "Authorization code"),
                            ("urn:ietf:params:oauth:grant-type:device_code", "Device Code"),
                            ("implicit", "Implicit"),
                            ("password", "Resource owner password-based"),
                            ("client-credentials", "Client credentials"),
                            ("openid-hybrid", "OpenID connect hybrid"),
                        ],
                        max_length=44,
                        verbose_name="authorization grant type",
                    ),
                ),
                (
                    "client_secret",
                    oauth2_provider.models.ClientSecretField(
                        blank=True,
                        db_index=True,
                        default=oauth2_provider.generators.generate_client_secret,
                        help_text="Client secret for authentication",
                        max_length=255,
                        verbose_name="client secret",
                    ),
                ),
                ("hash_client_secret", models.BooleanField(default=True, verbose_name="hash client secret")),
                ("name", models.CharField(blank=True, max_length=255, verbose_name="name")),
                ("skip_authorization", models.BooleanField(default=False, verbose_name="skip authorization")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "algorithm",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "No OIDC support"),
                            ("RS256", "RSA with SHA-2 256"),
                            ("HS256", "HMAC with SHA-2 256"),
                        ],
                        default="",
                        max_length=5,
                        verbose_name="algorithm",
                    ),
                ),
                (
                    "allowed_origins",
                    models.TextField(
                        blank=True,
                        default="",
                        help_text="Allowed origins list to enable CORS, space separated",
                        verbose_name="allowed origins",
                    ),
                ),
                (
                    "registration_source",
                    models.CharField(
                        choices=[
                            ("manual", "Manual"),
                            ("dcr", "Dynamic Client Registration"),
                            ("cimd", "Client ID Metadata Document"),
                        ],
                        default="manual",
                        help_text="How this application was registered (manual, DCR per RFC 7591, or CIMD)",
                        max_length=32,
                        verbose_name="registration source",
                    ),
                ),
                (
                    "cimd_expires_at",
                    models.DateTimeField(
                        blank=True,
                        default=None,
                        help_text="When the cached Client ID Metadata Document should be re-fetched",
                        null=True,
                        verbose_name="CIMD expires at",
                    ),
                ),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32), default=list, size=None, verbose_name="范围"
                    ),
                ),
                (
                    "secret_changed_at",
                    models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="密钥更换时间"),
                ),
            ],
            options={
                "verbose_name": "接入系统",
                "verbose_name_plural": "接入系统",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("role", models.CharField(max_length=32, verbose_name="角色")),
                ("subtree", models.BooleanField(default=False, verbose_name="含下属机构")),
                ("start", models.DateField(default=yigongti.kernel.clock.today, verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止（不含）")),
            ],
            options={
                "verbose_name": "授权",
                "verbose_name_plural": "授权",
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key"),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("started_at", models.DateTimeField(null=True, verbose_name="登录时间")),
                ("seen_at", models.DateTimeField(verbose_name="最近使用")),
                ("address", models.CharField(blank=True, max_length=45, verbose_name="网络地址")),
                ("browser", models.CharField(blank=True, max_length=64, verbose_name="浏览器")),
            ],
            options={
                "verbose_name": "登录会话",
                "verbose_name_plural": "登录会话",
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{password,last_login}');\n            RETURN NULL;\n        ",
                    hash="2fdc62fab1520b119aab6e62bb61700a86153a99",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_c3561",
                    table="access_user",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="user",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="%(app_label)s_%(class)s",
                to=settings.AUTH_USER_MODEL,
                verbose_name="user",
            ),
        ),
        migrations.AddField(
            model_name="grant",
            name="granted_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="授权人",
            ),
        ),
        migrations.AddField(
            model_name="grant",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, to="organizations.organization", verbose_name="机构"
            ),
        ),
        migrations.AddField(
            model_name="grant",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="grants",
                to=settings.AUTH_USER_MODEL,
                verbose_name="账号",
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="账号",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="application",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{client_secret}');\n            RETURN NULL;\n        ",
                    hash="2ef8da3d5cb16455660b5546d463351aa28a98b1",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_4ee79",
                    table="access_application",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__isnull", True), ("until__gt", models.F("start")), _connector="OR"),
                name="grant_period_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("user", "="),
                    ("role", "="),
                    ("organization", "="),
                    (
                        models.Func(
                            models.F("start"),
                            models.F("until"),
                            models.Value("[)"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="grant_once_at_a_time",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="grant",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="401dea27f56d0e77ccec0a1d02d87286b332548f",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_e6272",
                    table="access_grant",
                    when="AFTER",
                ),
            ),
        ),
    ]
