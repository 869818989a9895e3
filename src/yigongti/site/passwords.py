"""What a password must be, where Django has no Chinese of its own."""

from django.contrib.auth.password_validation import MinimumLengthValidator


class LongEnough(MinimumLengthValidator):
    """At least ``min_length`` characters. Django 5.2 asks for a sentence that its Chinese catalogue does not have."""

    def get_error_message(self) -> str:
        """The refusal."""
        return f"密码太短，至少需要 {self.min_length} 个字符。"

    def get_help_text(self) -> str:
        """The rule."""
        return f"密码至少包含 {self.min_length} 个字符。"
