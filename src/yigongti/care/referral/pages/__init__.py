"""What people see of the referral room."""
